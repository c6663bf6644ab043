"""How often 95 % bootstrap intervals of the mean IoU hold the truth, on simulated test sets.

Pictures come from a population with rare categories and a difficulty of each picture, so that the true score is known.
Compares the percentile interval, which segbench uses, with BCa, for several numbers of pictures; and for three seeds,
whose scores differ by a random offset, drawing all seeds with drawing one less (Rao and Wu 1988), which segbench does.

    python coverage.py [EXPERIMENTS]        (NumPy and SciPy; some minutes)
"""

import sys

import numpy as np
from scipy.stats import norm

SHARES = np.array([0.36, 0.22, 0.03, 0.15, 0.14, 0.02, 0.08])
LEVELS = np.array([2.2, 0.9, -1.0, 1.2, 2.0, -0.8, 0.6])
RESAMPLES = 1000


def pictures(rng, count, offset=0.0, shape=None):
    """Hits, truths and predictions by category, [picture, 3, 7]; `shape` repeats the pictures for another seed."""
    if shape is None:
        pixels = 8192 * rng.dirichlet(6 * SHARES + 0.05, count)
        pixels[:, 5] *= rng.random(count) < 0.3
        shape = pixels, rng.normal(0, 0.5, count)[:, None] + rng.normal(0, 0.25, (count, 7))
    pixels, ease = shape
    hits = pixels / (1 + np.exp(-(LEVELS + ease + offset)))
    wrong = pixels - hits
    spread = SHARES / (1 - SHARES)[:, None]
    np.fill_diagonal(spread, 0)
    predictions = hits + wrong @ spread
    return np.stack([hits, pixels, predictions], 1), shape


def mean_iou(sums):
    hits, truths, predictions = sums[..., 0, :], sums[..., 1, :], sums[..., 2, :]
    union = truths + predictions - hits
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.nanmean(np.where(union > 0, hits / union, np.nan), -1)


def resampled(rng, sums):
    weights = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), RESAMPLES)
    return weights, mean_iou((weights @ sums.reshape(len(sums), -1)).reshape(RESAMPLES, 3, 7))


def percentile(values):
    return np.quantile(values, [0.025, 0.975])


def bca(values, sums):
    bias = norm.ppf(np.clip(np.mean(values < mean_iou(sums.sum(0))), 1e-3, 1 - 1e-3))
    left = mean_iou(sums.sum(0) - sums)
    centred = left.mean() - left
    acceleration = (centred**3).sum() / (6 * (centred**2).sum() ** 1.5)
    z = bias + norm.ppf([0.025, 0.975])
    return np.quantile(values, norm.cdf(bias + z / (1 - acceleration * z)))


def main():
    experiments = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    rng = np.random.default_rng(3)
    truth = mean_iou(pictures(rng, 400_000)[0].sum(0))
    holds = lambda interval, value: interval[0] <= value <= interval[1]
    for count in [20, 40, 100, 300]:
        found = {"percentile": 0, "BCa": 0}
        for _ in range(experiments):
            sums, _ = pictures(rng, count)
            _, values = resampled(rng, sums)
            found["percentile"] += holds(percentile(values), truth)
            found["BCa"] += holds(bca(values, sums), truth)
        print(f"{count} pictures, 1 seed: " + ", ".join(f"{k} {100 * v / experiments:.1f} %" for k, v in found.items()))

    # Three seeds: the truth is the mean over many seeds of the score over many pictures.
    _, shape = pictures(rng, 20_000)
    truth = np.mean([mean_iou(pictures(rng, 0, o, shape)[0].sum(0)) for o in rng.normal(0, 0.1, 400)])
    for seeds in [3, 5]:
        found = {"one seed less": 0, "all seeds": 0}
        for _ in range(experiments):
            sums, shape = pictures(rng, 100)
            weights = rng.multinomial(100, np.full(100, 0.01), RESAMPLES)
            values = []
            for offset in rng.normal(0, 0.1, seeds):
                sums, _ = pictures(rng, 100, offset, shape)
                values.append(mean_iou((weights @ sums.reshape(100, -1)).reshape(RESAMPLES, 3, 7)))
            values = np.array(values)
            for name, drawn in [("one seed less", seeds - 1), ("all seeds", seeds)]:
                picks = rng.integers(0, seeds, (drawn, RESAMPLES))
                found[name] += holds(percentile(values[picks, np.arange(RESAMPLES)].mean(0)), truth)
        print(f"100 pictures, {seeds} seeds: " + ", ".join(f"{k} {100 * v / experiments:.1f} %" for k, v in found.items()))


main()
