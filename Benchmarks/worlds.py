"""Worlds of streets, models and trainings whose true scores are known, for `coverage.py`.

A world has drives, each a circular series of pictures, and models, each with a number of trainings. A picture has
pixels of seven categories; a training hits a share of them, whose logit is the sum of the category's level, the
picture's ease for all models, its ease for this model, the training's own offset and what is left of this training on
this picture. All missed pixels are predicted as something else. A test set is a window at random of drives at random
with trainings at random, so the means over a world's pictures and trainings are its truth exactly. Fewer than a hundred
trainings would be drawn twice so often that three seeds seemed to agree by chance.
"""

import math

import numpy as np
from scipy.special import ndtri

from intervals import mean_iou

CATEGORIES = 7
SHARES = np.array([0.32, 0.27, 0.02, 0.16, 0.15, 0.02, 0.06])
LEVELS = np.array([2.6, 1.5, -1.6, 0.9, 2.4, -1.0, 0.5])
PIXELS = 3072

# How pictures follow each other: (autocorrelation of the slow part, its share of the variance), of what all models see
# and of what is a model's own. As on CamVid, a picture's influence on the mean IoU then has an autocorrelation of 0.9
# in clips, and 124 frames a second apart seem worth 9 to 19 pictures for a score, 12 to 28 for a difference. Places
# have 0.25.
FOLLOWING = {
    "video": ((0.94, 0.85), (0.88, 0.75)),        # one frame a second
    "slower": ((0.97, 0.85), (0.94, 0.75)),
    "faster": ((0.88, 0.85), (0.77, 0.75)),
    "clip": ((0.994, 1.0), (0.99, 1.0)),          # fifteen frames a second
    "places": ((0.5, 0.7), (0.4, 0.8)),
    "independent": ((0.0, 1.0), (0.0, 1.0)),
}


def series(rng, shape, length, rho, slow):
    """Circular series of variance one: `slow` of it autoregressive with `rho`, the rest white. [*shape, length]"""
    angle = 2 * np.pi * np.arange(length // 2 + 1) / length
    gain = np.sqrt((1 - rho * rho) / (1 - 2 * rho * np.cos(angle) + rho * rho))
    slowly = np.fft.irfft(np.fft.rfft(rng.normal(size=(*shape, length))) * gain, length)
    return math.sqrt(slow) * slowly + math.sqrt(1 - slow) * rng.normal(size=(*shape, length))


def heavy(x):
    """A normal variable with a tail like Student's t with few degrees of freedom below: pictures that are far worse."""
    return x - np.maximum(-x, 0) ** 3 / 6


class World:
    """`deviations`: between trainings of each model, in mean IoU. `tails` of their offsets: "normal", "t3", or "fails",
    where one in eight falls far behind. `matched`: the share of the offsets' variance that models have in common, as
    those of one model with the same seeds may."""

    def __init__(self, seed, order, deviations, tails=None, matched=0.0, drives=24, length=4096, trainings=200):
        self.drives, self.length, self.trainings, self.models = drives, length, trainings, len(deviations)
        rng = np.random.default_rng([seed, list(FOLLOWING).index(order)])
        shared, own = FOLLOWING[order]

        def by_category(deviation_of_drives, deviation, following):
            slow = heavy(series(rng, (drives, CATEGORIES), length, *following)).transpose(0, 2, 1)
            return deviation_of_drives * rng.normal(size=(drives, 1, CATEGORIES)) + deviation * slow

        def of_picture(deviation_of_drives, deviation, following):
            slow = heavy(series(rng, (drives,), length, *following))[..., None]
            return deviation_of_drives * rng.normal(size=(drives, 1, 1)) + deviation * slow

        shares = SHARES * np.exp(by_category(0.4, 0.5, shared))
        for category, present in ((5, rng.uniform(0.2, 0.6)), (6, 0.85), (2, 0.9)):
            shares[..., category] *= series(rng, (drives,), length, *shared) < ndtri(present)
        pixels = PIXELS * shares / shares.sum(-1, keepdims=True)
        ease = of_picture(0.35, 0.25, shared) + by_category(0.4, 0.45, shared)
        level = LEVELS + 0.2 * rng.normal(size=CATEGORIES)
        logits = [
            level + 0.1 * rng.normal(size=CATEGORIES) + ease + of_picture(0.15, 0.08, own) + by_category(0.3, 0.2, own)
            for _ in deviations
        ]
        spread = np.tile(SHARES**0.8, (CATEGORIES, 1))
        np.fill_diagonal(spread, 0)
        self.spread = (spread / spread.sum(1, keepdims=True)).astype(np.float32)
        self.pixels = self._ring(pixels)
        self.logits = [self._ring(x) for x in logits]

        def offsets(tail):
            shape = trainings, 1 + CATEGORIES
            if tail == "t3":
                return rng.standard_t(3, size=shape) / math.sqrt(3)
            if tail == "fails":
                fails = rng.random((trainings, 1)) < 0.125
                return 0.4 * rng.normal(size=shape) - 2.6 * fails * rng.gamma(4, 0.25, size=shape)
            return rng.normal(size=shape)

        tails = tails or ["normal"] * self.models
        common = offsets(tails[0])
        self.offsets = []
        for tail in tails:
            x = math.sqrt(matched) * common + math.sqrt(1 - matched) * offsets(tail)
            self.offsets.append((0.05 * x[:, :1] + 0.1 * x[:, 1:]).astype(np.float32))
        # Trainings on pictures: one long series of each model, at another place for each training and drive.
        strays = [series(rng, (1 + CATEGORIES,), length, *own).T for _ in deviations]
        self.residual = [self._ring((0.08 * x[:, :1] + 0.17 * x[:, 1:])[None]) for x in strays]
        self.shifts = rng.integers(0, length, (self.models, trainings, drives))
        self.scales = [self._scale(model, wanted) for model, wanted in enumerate(deviations)]
        self._measure()

    def _ring(self, x):
        """[drives, length, categories] -> the same with the start once more at the end, as one list of pictures."""
        return np.concatenate([x, x], 1).astype(np.float32).reshape(-1, x.shape[-1])

    def _scale(self, model, wanted):
        """What the trainings' offsets are multiplied with, so that their scores deviate by `wanted`."""
        if wanted == 0:
            return 0.0
        at = np.arange(0, self.drives * 2 * self.length, 61)
        scale = wanted / 0.01
        for _ in range(4):
            x = self.logits[model][at] + np.float32(scale) * self.offsets[model][:, None]
            hits, union = self._counts(self.pixels[at], x)
            scale *= wanted / np.std(mean_iou(hits.sum(1), union.sum(1)))
        return scale

    def _counts(self, pixels, x):
        hits = pixels / (1 + np.exp(-x))
        return hits, pixels + (pixels - hits) @ self.spread

    def _noise(self, model):
        """How far a training strays on single pictures: like its offset, but no further than trained networks do."""
        return np.float32(min(1.0, self.scales[model]))

    def _measure(self):
        """Mean counts of all pictures: [models][drives, trainings, categories]. In place, as it takes long."""
        self.hits, self.union = (np.zeros((self.models, self.drives, self.trainings, CATEGORIES)) for _ in range(2))
        x, every = np.empty((self.length, CATEGORIES), np.float32), np.full(self.length, 1 / self.length, np.float32)
        for model in range(self.models):
            offsets = np.float32(self.scales[model]) * self.offsets[model]
            strays = self._noise(model) * self.residual[model]
            for drive in range(self.drives):
                at = slice(2 * self.length * drive, 2 * self.length * drive + self.length)
                pixels, logits = self.pixels[at], self.logits[model][at]
                for training in range(self.trainings if self.scales[model] else 1):
                    shift = self.shifts[model, training, drive]
                    np.add(logits, strays[shift:shift + self.length], out=x)
                    x += offsets[training]
                    np.exp(np.negative(x, out=x), out=x)
                    x += 1
                    np.divide(pixels, x, out=x)
                    self.hits[model, drive, training] = every @ x
                if not self.scales[model]:
                    self.hits[model, drive] = self.hits[model, drive, 0]
                pixels = every @ pixels
                self.union[model, drive] = pixels + (pixels - self.hits[model, drive]) @ self.spread

    def test_sets(self, rng, experiments, lengths, seeds, folds=False):
        """Windows of `lengths` pictures of as many drives and `seeds` trainings; with folds, others for each drive."""
        drives = rng.integers(0, self.drives, (experiments, len(lengths)))
        starts = rng.integers(0, self.length, drives.shape)
        trainings = rng.integers(0, self.trainings, (experiments, seeds, len(lengths) if folds else 1))
        return TestSets(self, drives, starts, np.broadcast_to(trainings, (experiments, seeds, len(lengths))), lengths)

    def everywhere(self, model):
        """The score of each training on all streets."""
        return mean_iou(self.hits[model].mean(0), self.union[model].mean(0))


class TestSets:
    """Experiments: `drives` and `starts` [experiments, drives], `trainings` [experiments, seeds, drives]."""

    def __init__(self, world, drives, starts, trainings, lengths):
        self.world, self.drives, self.starts, self.trainings, self.lengths = world, drives, starts, trainings, lengths
        frames = [np.arange(k) for k in lengths]
        spots = [starts[:, d, None] + frame for d, frame in enumerate(frames)]
        self.frames, self.of = np.concatenate(frames), np.repeat(np.arange(len(lengths)), lengths)
        self.at = np.concatenate([2 * world.length * drives[:, d, None] + s for d, s in enumerate(spots)], 1)

    def counts(self, model):
        """Hits and unions [experiments, seeds, pictures, categories]."""
        w = self.world
        x = w.logits[model][self.at][:, None]
        if w.scales[model]:
            x = x + (np.float32(w.scales[model]) * w.offsets[model][self.trainings])[:, :, self.of]
            shifts = w.shifts[model][self.trainings, self.drives[:, None]]
            starts = (self.starts[:, None] + shifts) % w.length
            x += w._noise(model) * w.residual[model][starts[:, :, self.of] + self.frames]
        hits, union = w._counts(w.pixels[self.at][:, None], x)
        shape = (*self.trainings.shape[:2], *hits.shape[2:])
        return np.broadcast_to(hits, shape), np.broadcast_to(union, shape)

    def truth(self, model, lengths):
        """The expected score of any training on these drives, weighted by `lengths`, and the first: [experiments]."""
        w, weights = self.world, np.array(lengths, float)
        hits, union = (np.einsum("d,edtc->etc", weights, x[model][self.drives]) for x in (w.hits, w.union))
        scores, rows = mean_iou(hits, union), np.arange(len(self.drives))
        return scores.mean(1), scores[rows, self.trainings[:, 0, 0]]
