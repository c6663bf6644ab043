#!/usr/bin/env python3
"""A server of a network in PyTorch as one writes it with FastAPI, for `serving.py`: a PNG in, the colour mask as PNG out.

    torch_server.py NAME PORT    NAME is that of a network of torch_models.py

Channels last, inference mode, one prediction at a time on all cores. Weights are random: time doesn't depend on them.
"""

import io
import sys
import threading

import fastapi
import numpy
import torch
import torch_models
import uvicorn
from PIL import Image

COLOURS = [0, 0, 0, 128, 64, 128, 70, 70, 70, 153, 153, 153, 107, 142, 35, 70, 130, 180, 220, 20, 60, 0, 0, 142]

network = torch_models.MODELS[sys.argv[1]]().eval().to(memory_format=torch.channels_last)
colours = numpy.array(COLOURS, numpy.uint8).reshape(-1, 3)
one_at_a_time = threading.Lock()
app = fastapi.FastAPI()


@app.post("/v1/predict")
def predict(body: bytes = fastapi.Body(media_type="image/png")):
    picture = numpy.asarray(Image.open(io.BytesIO(body)).convert("RGB"), numpy.float32) / 255
    tensor = torch.from_numpy(picture).permute(2, 0, 1)[None].contiguous(memory_format=torch.channels_last)
    with one_at_a_time, torch.inference_mode():
        mask = network(tensor)[0].argmax(0).to(torch.uint8).numpy()
    file = io.BytesIO()
    Image.fromarray(colours[mask]).save(file, "PNG")
    return fastapi.Response(file.getvalue(), media_type="image/png")


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning")
