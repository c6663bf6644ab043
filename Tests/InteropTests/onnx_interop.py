"""Files of ONNX that segbench writes, in onnxruntime: python onnx_interop.py SEGBENCH FOLDER

Trains a small run of every model on synthetic streets in FOLDER, once on pictures as they are, of odd sides, and once on
pictures brought to another size; exports them; checks the files with onnx.checker; and compares what onnxruntime makes of
pictures of several sizes with what `segbench predict` does, and the scores of its classes with those that the run stored.
Networks are also exported in int8, whose loss of mean IoU and time are printed. Ends with 0 where all agrees.

Needs numpy, onnx, onnxruntime and pillow; `make interop-onnx` sets them up.
"""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy
import onnx
import onnxruntime
from PIL import Image

SEGBENCH, FOLDER = str(Path(sys.argv[1]).resolve()), Path(sys.argv[2]).resolve()
# What must agree. A pixel whose feature is off in its last digit may reach another leaf of a forest. One pixel of the test
# pictures, whose two likeliest classes are equal but for rounding, is 4e-6 of a mean IoU.
EQUAL_PIXELS, FOREST_PIXELS, SCORE = 0.99999, 0.9999, 1e-5
PICTURE_SIZE, OTHER_SIZE = (133, 97), (96, 64)

SMALL = {"network.width": 0.25, "training.epochs": 10, "training.batch": 4}
TINY = {"network.width": 0.25, "training.epochs": 4, "training.batch": 4}
MODELS = {
    "unet-mini": ("unet-mini", SMALL | {"network.width": 0.5, "training.learnsVoid": "true"}),
    "unet": ("unet", SMALL),
    "vgg-unet": ("vgg-unet", SMALL),
    "vgg-pspnet": ("vgg-pspnet", SMALL),
    "vgg-pspnet-16": ("vgg-pspnet", TINY | {"network.outputStride": 16}),
    "vgg-pspnet-8": ("vgg-pspnet", SMALL | {"network.outputStride": 8}),
    "fcn8": ("fcn8", SMALL),
    **{
        f"efficientnet-{variant}": ("efficientnet-unet", settings | {"network.variant": variant})
        for variant, settings in [("b0", SMALL), ("b1", TINY), ("b2", TINY), ("b3", TINY), ("b4", TINY)]
        + [("lite0", SMALL), ("lite1", TINY), ("lite2", TINY), ("lite3", TINY), ("lite4", TINY)]
    },
    "mobilenet": ("mobilenet-unet", SMALL),
    "efficientnet-b0-4": ("efficientnet-unet", TINY | {"network.stages": 4}),
    "random-forest": ("random-forest", {"forest.trees": 10}),
    "linear-svc": ("linear-svc", {}),
    "linear-svc-products": ("linear-svc", {"svc.featureMap": "products", "features.groups": "rgb"}),
    "gaussian-nb": ("gaussian-nb", {"features.groups": "rgb"}),
}
CLASSIFIERS = {"random-forest", "linear-svc", "linear-svc-products", "gaussian-nb"}


def segbench(*words):
    """What the program prints; ends with what it said where it fails."""
    done = subprocess.run([SEGBENCH, *map(str, words)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"segbench {' '.join(map(str, words))} failed:\n{done.stderr}")
    return done.stdout


def train(name, data, size):
    model, settings = MODELS[name]
    run = FOLDER / f"{name}-{size}"
    if not (run / "scores.json").exists():
        shutil.rmtree(run, ignore_errors=True)
        sets = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
        segbench("train", model, "--data", data, "--set", f"data.size={size}", *sets, "--run", run, "--quiet")
    return run


def export(run, *options):
    file = run / ("int8.onnx" if options else "model.onnx")
    segbench("export", "onnx", run, "--out", file, *options, "--quiet")
    onnx.checker.check_model(str(file), full_check=True)
    return file


class Exported:
    """A file in onnxruntime."""

    def __init__(self, file):
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        metadata = self.session.get_modelmeta().custom_metadata_map
        self.exports = numpy.array([entry["exportValue"] for entry in json.loads(metadata["classes"])], numpy.uint8)
        self.outputs = [output.name for output in self.session.get_outputs()]

    def classes(self, pixels):
        """The map of one picture; where there are probabilities, it must be theirs."""
        results = dict(zip(self.outputs, self.session.run(None, {"pictures": pixels[None]})))
        classes = results["classes"][0]
        assert classes.dtype == numpy.uint8 and classes.shape == pixels.shape[:2]
        if "probabilities" in results:
            probabilities = results["probabilities"][0]
            assert probabilities.shape == (len(self.exports), *classes.shape)
            assert abs(probabilities.sum(0) - 1).max() < 1e-4
            assert (probabilities.argmax(0) == classes).all()
        return classes

    def seconds(self, pixels):
        times = []
        for _ in range(8):
            start = time.perf_counter()
            self.session.run(["classes"], {"pictures": pixels[None]})
            times.append(time.perf_counter() - start)
        return statistics.median(times[1:])


def check_batches(exported, pictures):
    """Pictures of one size must have the same classes together and alone."""
    pixels = numpy.stack([numpy.asarray(Image.open(picture).convert("RGB")) for picture in pictures])
    (together,) = exported.session.run(["classes"], {"pictures": pixels})
    alone = numpy.stack([exported.classes(own) for own in pixels])
    assert (together == alone).mean() >= EQUAL_PIXELS


def check_command(run):
    """`--check` must find the same, with the Python that runs this."""
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    words = [SEGBENCH, "export", "onnx", run, "--out", run / "checked.onnx", "--check", "--quiet"]
    said = subprocess.run(words, capture_output=True, text=True, env=environment, check=True).stdout
    print(said.splitlines()[-1])
    share = float(re.search(r"([\d.]+) % of", said)[1])
    assert share >= 100 * EQUAL_PIXELS


def equal_pixels(exported, run, pictures):
    """Equal and all pixels of pictures, against `segbench predict`."""
    out = run / "predicted"
    shutil.rmtree(out, ignore_errors=True)
    segbench("predict", "--run", run, *pictures, "--out", out, "--quiet")
    equal = count = 0
    for picture in pictures:
        own = exported.exports[exported.classes(numpy.asarray(Image.open(picture).convert("RGB")))]
        theirs = numpy.asarray(Image.open(out / f"{picture.stem}_labelIds.png"))
        equal += int((own == theirs).sum())
        count += own.size
    return equal, count


def mean_iou(exported, run, data):
    """The mean IoU of the classes in onnxruntime of the test pictures, which are those of `val`."""
    out = run / "exported"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    for picture in sorted((data / "leftImg8bit/val").rglob("*.png")):
        classes = exported.classes(numpy.asarray(Image.open(picture).convert("RGB")))
        Image.fromarray(exported.exports[classes]).save(out / picture.name.replace("_leftImg8bit", "_labelIds"))
    scores = segbench("evaluate", "--predictions", out, "--data", data, "--protocol", "official", "--json", "--quiet")
    return json.loads(scores)["meanIoU"]


def stored_mean_iou(run):
    scores = json.loads((run / "scores.json").read_text())["scores"]["test"]
    return next(own["meanIoU"] for own in scores if own["scoringProtocol"] == "official")


def odd_pictures(data):
    """Pictures of other sizes: smaller, larger, narrow, flat, a single pixel."""
    folder = FOLDER / "odd"
    folder.mkdir(exist_ok=True)
    sources = sorted((data / "leftImg8bit/val").rglob("*.png"))
    files = []
    for index, size in enumerate([(64, 48), (301, 203), (37, 250), (250, 33), (192, 128), (1, 1)]):
        file = folder / f"{size[0]}x{size[1]}.png"
        Image.open(sources[index % len(sources)]).resize(size).save(file)
        files.append(file)
    return files


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    data = FOLDER / "streets"
    if not data.exists():
        segbench("data", "synthesize", "--out", data, "--count", 60, "--size", "x".join(map(str, PICTURE_SIZE)), "--quiet")
    pictures = sorted((data / "leftImg8bit/val").rglob("*.png")) + odd_pictures(data)
    large = numpy.asarray(Image.open(pictures[0]).convert("RGB").resize((512, 256)))
    print(f"onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}")
    print("equal pixels of pictures as they are and brought to a size; difference of mean IoU; then in int8:")
    print("equal pixels, loss of mean IoU, and seconds for 512x256 in fp32 and int8")
    print(f"{'':19} {'native':>10} {'sized':>10} {'mean IoU':>9} {'differs':>8} | {'int8':>9} {'loss':>8} {'fp32 s':>7} {'int8 s':>7}")
    failures = []
    for name in [own for own in MODELS if not sys.argv[3:] or own in sys.argv[3:]]:
        run = train(name, data, "native")
        exported = Exported(export(run))
        native, count = equal_pixels(exported, run, pictures)
        stored, own = stored_mean_iou(run), mean_iou(exported, run, data)
        sized_run = train(name, data, "x".join(map(str, OTHER_SIZE)))
        exported_sized = Exported(export(sized_run))
        sized, sized_count = equal_pixels(exported_sized, sized_run, pictures)
        for file in [exported, exported_sized]:
            check_batches(file, pictures[:3])
        shares = [native / count, sized / sized_count]
        line = f"{name:19} {100 * shares[0]:9.4f}% {100 * shares[1]:9.4f}% {stored:9.4f} {abs(own - stored):8.1e} |"
        if min(shares) < (FOREST_PIXELS if name == "random-forest" else EQUAL_PIXELS) or abs(own - stored) > SCORE:
            failures.append(name)
        if name not in CLASSIFIERS:
            rounded = Exported(export(run, "--int8"))
            equal, count = equal_pixels(rounded, run, pictures)
            loss = stored - mean_iou(rounded, run, data)
            line += f" {100 * equal / count:8.3f}% {loss:8.4f} {exported.seconds(large):7.3f} {rounded.seconds(large):7.3f}"
        print(line, flush=True)
    check_command(FOLDER / "unet-mini-native")
    if failures:
        sys.exit(f"don't agree: {', '.join(failures)}")


main()
