"""Makes metrics/fine_grained.json and metrics/calibration.json.

fine_grained: per-picture matrices [truth, prediction] of six classes, class 0 void, and the scores of Wang et al. 2023
(arXiv:2310.19252, as in `mIoUICMetric` of zifuwanggg/JDTLosses for three classes and more): IoU of a class in a
picture counts where the truth has the class; the worst 5 % are max(1, floor(0.05 n)) pictures.

calibration: probabilities, truth, and the expected calibration error of Guo et al. 2017 (15 bins, open below), the signed
over-confidence and the Brier score.

Run: python make_metrics.py (NumPy).
"""

import json
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent / "metrics"


def fine_grained(rng, pictures):
    shares = np.array([0.02, 0.4, 0.3, 0.2, 0.05, 0.03])
    matrices = np.zeros((pictures, 6, 6), int)
    for picture in range(pictures):
        pixels = rng.multinomial(2000, rng.dirichlet(6 * shares + 0.05))
        pixels[5] *= rng.random() < 0.2
        for label in range(6):
            spread = np.full(6, 0.08)
            spread[label] = rng.uniform(0.2, 4)
            matrices[picture, label] = rng.multinomial(pixels[label], spread / spread.sum())
    # Void truth isn't counted.
    matrices[:, 0] = 0
    hits = np.diagonal(matrices, axis1=1, axis2=2)[:, 1:]
    truths, predictions = matrices.sum(2)[:, 1:], matrices.sum(1)[:, 1:]
    iou = np.where(truths > 0, hits / np.maximum(1, truths + predictions - hits), np.nan)

    def worst(values):
        values = np.sort(values[~np.isnan(values)])
        return values[: max(1, int(0.05 * len(values)))].mean()

    pictures_iou = np.nanmean(iou, 1)
    present = ~np.isnan(iou).all(0)
    return {
        "counts": matrices.reshape(pictures, -1).tolist(),
        "byPicture": pictures_iou.mean(),
        "byClass": np.nanmean(iou, 0)[present].mean(),
        "worstByPicture": worst(pictures_iou),
        "worstByClass": np.mean([worst(iou[:, c]) for c in np.flatnonzero(present)]),
        "occurrences": (truths > 0).sum(0).tolist(),
        "worst": np.argsort(pictures_iou, kind="stable")[:4].tolist(),
    }


def calibration(rng):
    logits = rng.normal(size=(600, 4)) * 3
    values = np.exp(logits)
    probabilities = (values / values.sum(1, keepdims=True)).astype(np.float32)
    truth = np.where(rng.random(600) < 0.6, probabilities.argmax(1), rng.integers(0, 4, 600))
    counted = truth != 0
    p, y = probabilities[counted], truth[counted]
    confidence, right = p.max(1), p.argmax(1) == y
    bins = np.clip(np.ceil(confidence * np.float32(15)).astype(int) - 1, 0, 14)
    pixels = np.bincount(bins, minlength=15)
    hits = np.bincount(bins, right, minlength=15)
    sums = np.bincount(bins, confidence.astype(float), minlength=15)
    onehot = np.eye(4)[y]
    return {
        "probabilities": [float(v) for v in probabilities.ravel()],
        "truth": truth.tolist(),
        "pixels": pixels.tolist(),
        "hits": hits.astype(int).tolist(),
        "expectedError": np.abs(hits - sums).sum() / len(y),
        "overconfidence": (sums - hits).sum() / len(y),
        "brierScore": ((p.astype(float) - onehot) ** 2).sum(1).mean(),
    }


def main():
    HERE.mkdir(exist_ok=True)
    rng = np.random.default_rng(11)
    cases = [fine_grained(rng, pictures) for pictures in [1, 7, 45]]
    (HERE / "fine_grained.json").write_text(json.dumps(cases) + "\n")
    (HERE / "calibration.json").write_text(json.dumps(calibration(rng)) + "\n")


main()
