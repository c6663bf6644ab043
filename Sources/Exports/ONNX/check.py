"""Checks a file of ONNX and predicts pictures with it: python check.py JOB.json; prints the answer as JSON."""

import json
import sys
import time

try:
    import numpy
    import onnx
    import onnxruntime
except ImportError as error:
    print(f"{error}; python3 -m pip install onnx onnxruntime")
    sys.exit(3)

with open(sys.argv[1]) as file:
    job = json.load(file)
try:
    onnx.checker.check_model(job["model"], full_check=True)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(job["model"], options, providers=["CPUExecutionProvider"])
    seconds = []
    for picture in job["pictures"]:
        pixels = numpy.fromfile(picture["file"], numpy.uint8)
        pixels = pixels.reshape(1, picture["height"], picture["width"], 3)
        start = time.perf_counter()
        (classes,) = session.run(["classes"], {"pictures": pixels})
        seconds.append(time.perf_counter() - start)
        classes.tofile(picture["file"])
except Exception as error:
    print(error)
    sys.exit(1)
print(json.dumps({"runtime": onnxruntime.__version__, "seconds": sorted(seconds)[len(seconds) // 2]}))
