"""Makes statistics/: per-picture matrices of two models with three seeds each, and intervals of their scores.

`golden.json` holds, for the protocol `seven`:
- `exact`: percentile intervals over segbench's own resamples, drawn again here by SplitMix64;
- `scipy`: what scipy.stats.bootstrap gives, percentile and BCa, for one seed and for a paired difference;
- `seeds`: the interval of a mean over three seeds, which are resampled too.

Run: python make_statistics.py (NumPy and SciPy).
"""

import json
from pathlib import Path

import numpy as np
from scipy import stats

HERE = Path(__file__).parent / "statistics"
CATEGORIES = ["void", "flat", "construction", "object", "nature", "sky", "human", "vehicle"]
PICTURES, RESAMPLES, SEEDS = 40, 2000, [0, 1, 2]
MASK = (1 << 64) - 1


def mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def key(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) & MASK
    return value


class Stream:
    def __init__(self, seed, *keys):
        state = mix((seed + 0x9E3779B97F4A7C15) & MASK)
        for k in keys:
            state = mix(state ^ mix((k + 0x632BE59BD9B4E019) & MASK))
        self.state = state

    def below(self, bound):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        return (mix(self.state) * bound) >> 64


SEED = key("segbench bootstrap")


def draw_pictures(resample, count):
    stream = Stream(SEED, key("pictures"), resample)
    return [stream.below(count) for _ in range(count)]


def draw_seeds(resample, seeds):
    stream = Stream(SEED, key("seeds"), key(",".join(map(str, seeds))), resample)
    return [stream.below(len(seeds)) for _ in range(len(seeds) - 1)]


def scores(matrix):
    """Mean IoU, flat IoU, mean Dice, accuracy and IoU of each category of matrices [..., 8, 8]."""
    hits = np.diagonal(matrix, axis1=-2, axis2=-1)[..., 1:].astype(float)
    union = (matrix.sum(-1) + matrix.sum(-2))[..., 1:] - hits
    with np.errstate(invalid="ignore"):
        iou = np.where(union > 0, hits / union, np.nan)
        dice = np.where(union > 0, 2 * hits / (union + hits), np.nan)
    total = matrix.sum((-1, -2))
    sums = [np.nanmean(iou, -1), hits.sum(-1) / union.sum(-1), np.nanmean(dice, -1), hits.sum(-1) / total]
    return np.concatenate([np.stack(sums, -1), iou], -1)


def make(rng):
    """Matrices [model, seed, picture, truth, prediction]; the second model is a little better."""
    shares = np.array([0, 0.36, 0.22, 0.03, 0.15, 0.14, 0.02, 0.08])
    matrices = np.zeros((2, len(SEEDS), PICTURES, 8, 8), int)
    for picture in range(PICTURES):
        pixels = rng.multinomial(8192, rng.dirichlet(6 * shares[1:] + 0.05))
        # People are rare: most pictures have none.
        if rng.random() < 0.7:
            pixels[5] = 0
        difficulty = rng.normal(0, 0.5)
        for model in range(2):
            for seed in range(len(SEEDS)):
                for category in range(7):
                    level = [2.2, 0.9, -1.0, 1.2, 2.0, -0.8, 0.6][category]
                    level += 0.25 * model + difficulty + rng.normal(0, 0.25) + 0.1 * (seed - 1)
                    right = rng.binomial(pixels[category], 1 / (1 + np.exp(-level)))
                    spread = shares.copy()
                    spread[0] = 0.001
                    spread[category + 1] = 0
                    row = rng.multinomial(pixels[category] - right, spread / spread.sum())
                    row[category + 1] = right
                    matrices[model, seed, picture, category + 1] = row
    return matrices


def interval(values):
    values = values[~np.isnan(values)]
    return list(np.quantile(values, [0.025, 0.975]))


def main():
    HERE.mkdir(exist_ok=True)
    matrices = make(np.random.default_rng(7))
    pairs = [f"{truth}>{prediction}" for truth in CATEGORIES for prediction in CATEGORIES]
    for model in range(2):
        for seed in SEEDS:
            lines = ["picture,protocol," + ",".join(pairs)]
            for picture, matrix in enumerate(matrices[model, seed]):
                lines.append(f"p{picture},seven," + ",".join(map(str, matrix.ravel())))
            (HERE / f"model{model}_seed{seed}.csv").write_text("\n".join(lines) + "\n")

    draws = np.array([draw_pictures(b, PICTURES) for b in range(RESAMPLES)])
    replicates = np.stack([[scores(matrices[m, s][draws].sum(1)) for s in range(3)] for m in range(2)])
    exact = [interval(replicates[0, 0][:, metric]) for metric in range(11)]
    difference = interval(replicates[1, 0][:, 0] - replicates[0, 0][:, 0])
    drawn = np.array([draw_seeds(b, SEEDS) for b in range(RESAMPLES)])
    seeds = [np.stack([r[:, b][d].mean(0) for b, d in enumerate(drawn)]) for r in replicates]
    golden = {
        "resamples": RESAMPLES,
        "draw": draws[3].tolist(),
        "scores": scores(matrices[0, 0].sum(0)).tolist(),
        "exact": exact,
        "exactDifference": difference,
        "seeds": [interval(seeds[0][:, metric]) for metric in range(11)],
        "seedsDifference": interval(seeds[1][:, 0] - seeds[0][:, 0]),
        "scipy": {},
    }

    indices = np.arange(PICTURES)
    a, b = matrices[0, 0], matrices[1, 0]
    for metric, name in enumerate(["meanIoU", "flatIoU", "meanDice", "accuracy"]):
        golden["scipy"][name] = {}
        for method in ["percentile", "BCa"]:
            result = stats.bootstrap(
                (indices,), lambda i, axis=-1: scores(a[i].sum(-3))[..., metric], n_resamples=20000, method=method,
                batch=500, random_state=1)
            golden["scipy"][name][method] = list(result.confidence_interval)
    result = stats.bootstrap(
        (indices,), lambda i, axis=-1: scores(b[i].sum(-3))[..., 0] - scores(a[i].sum(-3))[..., 0], n_resamples=20000,
        method="percentile", batch=500, random_state=1)
    golden["scipy"]["difference"] = {"percentile": list(result.confidence_interval)}
    (HERE / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")


main()
