"""Golden values of the Lovasz-Softmax loss on the logits of operations.safetensors: python lovasz.py

Straight from its definition (Berman et al. 2018, arXiv:1705.08790): the Jaccard loss is a function of the set of
mispredicted pixels, its Lovasz extension the sum of errors, sorted downwards, times what the set's loss gains by each.
In double precision; gradients are central differences.
"""
import json, struct
import numpy as np


def read(path):
    raw = open(path, "rb").read()
    size = struct.unpack("<Q", raw[:8])[0]
    header, data = json.loads(raw[8 : 8 + size]), raw[8 + size :]
    return {
        name: np.frombuffer(data[entry["data_offsets"][0] : entry["data_offsets"][1]], np.float32).reshape(entry["shape"])
        for name, entry in header.items() if name != "__metadata__" and entry["dtype"] == "F32"
    }


def jaccard_loss(mispredicted, truth):
    """1 - |truth without mispredicted| / |truth with mispredicted|, both as sets of pixels."""
    return 1 - len(truth - mispredicted) / len(truth | mispredicted)


def lovasz_softmax(logits, y):
    p = np.exp(logits - logits.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    losses = []
    for c in np.unique(y):
        truth = set(np.flatnonzero(y == c))
        errors = np.where(y == c, 1 - p[:, c], p[:, c])
        value, taken, before = 0.0, set(), 0.0
        for pixel in np.argsort(-errors, kind="stable"):
            taken.add(pixel)
            loss = jaccard_loss(taken, truth)
            value += errors[pixel] * (loss - before)
            before = loss
        losses.append(value)
    return np.mean(losses)


golden = read("operations.safetensors")
classes = golden["classes"].astype(int)
counted = classes != 255
arrays = {}
for scale in (1, 4):
    logits = golden[f"logits/{scale}"].astype(np.float64).reshape(60, 8)
    gradient = np.zeros_like(logits)
    for place in np.ndindex(*logits.shape):
        if counted[place[0]]:
            values = []
            for step in (1e-6, -1e-6):
                moved = logits.copy()
                moved[place] += step
                values.append(lovasz_softmax(moved[counted], classes[counted]))
            gradient[place] = (values[0] - values[1]) / 2e-6
    arrays[f"lovasz/{scale}/value"] = np.array([lovasz_softmax(logits[counted], classes[counted])])
    arrays[f"lovasz/{scale}/gradient"] = gradient

header, data = {}, b""
for name, values in arrays.items():
    raw = values.astype(np.float32).tobytes()
    header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [len(data), len(data) + len(raw)]}
    data += raw
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
open("lovasz.safetensors", "wb").write(struct.pack("<Q", len(text)) + text + data)
