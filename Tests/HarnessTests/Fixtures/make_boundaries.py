"""Makes metrics/boundaries.json: label maps, and their boundary sums as the reference implementation of Boundary IoU
makes them (bowenc0221/boundary-iou-api, `mask_to_boundary`: a frame of zeros, erosion by a 3x3 square, distance =
max(1, round(0.02 diagonal))). cv2.erode treats what lies outside the frame as set, as does border_value=1 here.

Run: python make_boundaries.py (NumPy and SciPy).
"""

import json
from pathlib import Path

import numpy as np
from scipy import ndimage

HERE = Path(__file__).parent / "metrics"
CLASSES, VOID = 5, 0


def boundary(mask):
    height, width = mask.shape
    distance = max(1, int(round(0.02 * np.sqrt(height**2 + width**2))))
    framed = np.pad(mask, 1)
    eroded = ndimage.binary_erosion(framed, np.ones((3, 3)), iterations=distance, border_value=1)
    return mask & ~eroded[1:-1, 1:-1], distance


def blobs(rng, height, width, size):
    """Labels in patches of about `size` pixels a side."""
    noise = ndimage.gaussian_filter(rng.normal(size=(CLASSES, height, width)), (0, size, size))
    return noise.argmax(0)


def case(rng, height, width, size):
    truth = blobs(rng, height, width, size)
    # The prediction is the truth moved, with patches of its own.
    prediction = np.where(blobs(rng, height, width, size) == 1, rng.integers(0, CLASSES), np.roll(truth, (1, 2), (0, 1)))
    counted = truth != VOID
    sums = {"hits": [], "truths": [], "predictions": []}
    for label in range(CLASSES):
        true, distance = boundary(truth == label)
        predicted, _ = boundary(prediction == label)
        sums["hits"].append(int((true & predicted & counted).sum()))
        sums["truths"].append(int((true & counted).sum()))
        sums["predictions"].append(int((predicted & counted).sum()))
    return {
        "width": width, "distance": distance, "truth": truth.ravel().tolist(),
        "prediction": prediction.ravel().tolist(), **sums,
    }


def main():
    HERE.mkdir(exist_ok=True)
    rng = np.random.default_rng(5)
    sizes = [(40, 60, 6), (64, 33, 9), (1, 20, 3), (5, 5, 2), (90, 120, 12), (3, 80, 8)]
    cases = [case(rng, *size) for size in sizes]
    (HERE / "boundaries.json").write_text(json.dumps(cases) + "\n")


main()
