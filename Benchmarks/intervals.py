"""segbench's intervals, tests and verdicts in NumPy: what `Sources/Harness/Statistics` computes, for whole batches.

Leading axes of arrays are experiments; the last ones are pictures, categories or seeds, as each function says.
A part is a pair of arrays, a variance and its degrees of freedom. `drives` are the pictures of each drive, in order;
`order` is "video" (frames of drives), "places" (every picture from another place) or "independent" (drawn scenes).
`coverage.py` measures how often the intervals hold, `check_intervals.py` compares them with SciPy and with the golden
values that Swift's are tested with.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit
from scipy.stats import nct

LEVEL, ALPHA, MARGIN = 0.95, 0.05, 0.01

# How long frames of a drive are assumed to stay alike, in pictures: what is hard for all models changes more slowly
# than what divides them. And the shortest drive for which that is used.
SPAN = {"score": 12, "difference": 8}
SHORTEST = 16

# How many degrees of freedom verdicts have at most where a video is a single drive, and the share of the pictures'
# variance from which noise of training bounds them.
ONE_DRIVE = 3.5
MATTERS = 0.1


def quantile(q, df):
    """The quantile of Student's t; the normal one where df is infinite."""
    return stdtrit(np.minimum(df, 1e12), q)


def tail(t, df):
    """P(T > t) of Student's t."""
    return stdtr(df, -np.asarray(t, float))


# Scores and what each picture does to them.


def mean_iou(hits, union):
    """[..., categories] -> [...]: categories that are neither true nor predicted are left out."""
    present = union > 0
    return np.where(present, hits / np.where(present, union, 1), 0).sum(-1) / present.sum(-1)


def influence(hits, union):
    """[..., pictures, categories] -> [..., pictures]: how far each moves the mean IoU (infinitesimal jackknife).

    psi_i = mean over categories of (h_ic - IoU_c u_ic) / U_c, which sums to zero.
    """
    all_hits, all_union = hits.sum(-2), union.sum(-2)
    present = all_union > 0
    weight = present / (np.where(present, all_union, 1) * present.sum(-1, keepdims=True))
    iou = all_hits / np.where(present, all_union, 1)
    return (hits @ weight[..., None] - union @ (weight * iou)[..., None])[..., 0]


# Parts of a variance.


def add(parts):
    """The sum of independent parts, with Satterthwaite's (1946) degrees of freedom."""
    variance = sum(v for v, _ in parts)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = sum(np.where(np.asarray(v) > 0, v * np.asarray(v) / f, 0.0) for v, f in parts)
        return variance, np.where(share > 0, variance * np.asarray(variance) / share, np.inf)


def merged(drives):
    """Drives of fewer than three pictures join the one before; the first, the one after."""
    out = []
    for count in drives:
        if out and (count < 3 or out[-1] < 3):
            out[-1] += count
        else:
            out.append(count)
    return out


def terms(drives, order):
    """How many cosines each drive is seen with; all, one fewer than its pictures, make the ordinary variance."""
    count = sum(drives)
    if order == "independent":
        return [k - 1 for k in drives]
    if order == "places":
        total = max(6, math.floor(0.4 * count ** (2 / 3)))
    else:
        total = 4 if len(drives) == 1 else 6
    return [min(max(1, math.floor(total * k / count + 0.5)), k - 1) for k in drives]


def shortness(count, number, span):
    """By how much the cosines of a short drive understate its variance: the slower, the more of it they miss.

    f = b / sum over j = 1..b of 1 / (1 + (pi j span / n)^2): the spectrum at zero over its mean at the cosines, of
    frames whose likeness falls like exp(-distance / span). With four cosines and a span of 8 it is 2.2 for 50 pictures,
    1.4 for 100 and 1.1 for 233.
    """
    return number / sum(1 / (1 + (math.pi * j * span / count) ** 2) for j in range(1, number + 1))


def picture_part(psi, drives, order, span=SPAN["difference"]):
    """[..., pictures] -> the part of a sum of influences that other pictures of these drives would change.

    Equally weighted cosines (Lazarus, Lewis, Stock and Watson 2018) of each drive; those of videos' drives of 16
    pictures or more times `shortness`, which for fewer would be all assumption.
    """
    parts, start = [], 0
    for count, number in zip(drives, terms(drives, order)):
        x = psi[..., start:start + count]
        start += count
        if number < 1:
            continue
        if number == count - 1:   # by Parseval's theorem
            parts.append((count * np.var(x, axis=-1, ddof=1), number))
        else:
            waves = np.cos(math.pi * np.outer(np.arange(count) + 0.5, np.arange(1, number + 1)) / count)
            factor = shortness(count, number, span) if order == "video" and count >= SHORTEST else 1.0
            parts.append((2 * factor * ((x @ waves) ** 2).mean(-1), number))
    return add(parts) if parts else (np.full(psi.shape[:-1], np.nan), np.nan)


def drive_part(psi, drives):
    """[..., pictures] -> the part that other drives would change: drives as clusters. From three drives up."""
    count, sizes = len(drives), np.array(drives)
    sums = np.add.reduceat(psi, np.cumsum([0, *drives[:-1]]), axis=-1)
    like_equal = sizes.sum() ** 2 / (sizes**2).sum()   # drives of unequal length count for fewer
    return count / (count - 1) * (sums**2).sum(-1), max(1.0, min(count, like_equal) - 1)


def seed_part(scores):
    """[..., seeds] -> the part that other seeds would change."""
    seeds = scores.shape[-1]
    return np.var(scores, axis=-1, ddof=1) / seeds, seeds - 1


def most_degrees(sides, variance, drives, order):
    """How many degrees of freedom verdicts have at most: the sum of S - 1, and `ONE_DRIVE` over a single video.

    `sides`: S and the usual deviation of each side that has noise of training; `variance`: that of the pictures' part;
    `drives`: merged. Three seeds may agree by chance, and the cosines of a drive too; Satterthwaite then takes more
    degrees of freedom than there are, and among many comparisons one such is enough. How large the seeds' part is here
    doesn't tell, as it may be small by chance: trainings bound where their usual noise, the sum of usual^2 / S, is more
    than `MATTERS` of `variance`. Sides of one seed are in that sum but add no degrees of freedom.
    """
    trainings = sum(count - 1 for count, _ in sides) or math.inf
    noise = sum(usual**2 / count for count, usual in sides)
    most = np.where(noise > MATTERS * np.asarray(variance), trainings, np.inf)
    return np.minimum(most, ONE_DRIVE) if order == "video" and len(drives) == 1 else most


@dataclass
class Estimate:
    """A score or a difference with its standard error; NaN where nothing can be said. `seeds`: "any" or "these".

    `judged_df`: the degrees of freedom of verdicts, `df` unless it is told. Intervals have `df`.
    """

    value: np.ndarray
    se: np.ndarray
    df: np.ndarray
    seeds: str = "any"
    seed_se: np.ndarray = math.nan
    picture_se: np.ndarray = math.nan
    judged_df: np.ndarray = None

    def __post_init__(self):
        if self.judged_df is None:
            self.judged_df = self.df

    @classmethod
    def of(cls, value, seeds, pictures, known, most=math.inf):
        """From the parts of seeds and of pictures; `known`: whether these seeds speak for others; `most_degrees`."""
        variance, df = add([*seeds, pictures])
        seed_se = np.sqrt(sum((v for v, _ in seeds), 0.0)) if known else math.nan
        scope = "any" if known else "these"
        return cls(value, np.sqrt(variance), df, scope, seed_se, np.sqrt(pictures[0]), np.minimum(df, most))

    def half(self, level=LEVEL):
        """Half the width of the interval."""
        return np.where(self.se > 0, quantile((1 + level) / 2, self.df) * self.se, self.se)

    def p_above(self, x):
        """The p-value of the null that the truth is at most x."""
        return self._tail(self.value - x, self.df)

    def p_below(self, x):
        """The p-value of the null that the truth is at least x."""
        return self._tail(x - self.value, self.df)

    def _tail(self, distance, df):
        distance = np.asarray(distance, float)
        with np.errstate(divide="ignore", invalid="ignore"):
            p = np.where(self.se > 0, tail(distance / self.se, df), np.where(distance > 0, 0.0, 1.0))
        return np.where(np.isnan(self.se), 1.0, p)

    def p(self):
        """Two-sided, of the null that the truth is zero."""
        return self._two_sided(self.df)

    def judged_p(self):
        """The same for verdicts."""
        return self._two_sided(self.judged_df)

    def _two_sided(self, df):
        return np.minimum(1, 2 * np.minimum(self._tail(self.value, df), self._tail(-self.value, df)))

    def judged_p_equivalent(self, margin=MARGIN):
        """For verdicts, of the null that the truth is not within the margin (two one-sided tests)."""
        return np.maximum(
            self._tail(self.value + margin, self.judged_df), self._tail(margin - self.value, self.judged_df))


@dataclass
class Group:
    """Trainings of one setting: counts [seeds, pictures, categories]. `fixed`: another seed changes nothing.

    `usual`: what the scores of its model usually deviate by between seeds, as known beforehand, for `most_degrees`.
    With 0 its trainings never bound them.
    """

    hits: np.ndarray
    union: np.ndarray
    seeds: list
    model: str
    fixed: bool = False
    usual: float = 0.0

    @property
    def scores(self):
        return mean_iou(self.hits.sum(-2), self.union.sum(-2))

    @property
    def psi(self):
        return influence(self.hits, self.union).mean(-2)

    @property
    def known(self):
        return self.fixed or len(self.seeds) > 1

    @property
    def parts(self):
        return [seed_part(self.scores)] if len(self.seeds) > 1 and not self.fixed else []


def difference_parts(a, b):
    """Pairs where both are one model with the same three seeds or more, which start alike; else Welch's two parts."""
    if a.model == b.model and a.seeds == b.seeds and len(a.seeds) > 2 and not a.fixed:
        return [seed_part(a.scores - b.scores)]
    return a.parts + b.parts


def estimate(group, drives, order):
    """The score of a group."""
    pictures = picture_part(group.psi, merged(drives), order, SPAN["score"])
    return Estimate.of(group.scores.mean(-1), group.parts, pictures, group.known)


def difference(a, b, drives, order):
    """a - b, on the same pictures, of these drives."""
    drives = merged(drives)
    pictures = picture_part(a.psi - b.psi, drives, order)
    sides = [(len(side.seeds), side.usual) for side in (a, b) if not side.fixed]
    most = most_degrees(sides, pictures[0], drives, order)
    return Estimate.of(
        a.scores.mean(-1) - b.scores.mean(-1), difference_parts(a, b), pictures, a.known and b.known, most)


def other_streets(a, b, drives):
    """a - b on streets that nobody saw, from three drives up; None below."""
    drives = merged(drives)
    if len(drives) < 3:
        return None
    pictures, known = drive_part(a.psi - b.psi, drives), a.known and b.known
    return Estimate.of(a.scores.mean(-1) - b.scores.mean(-1), difference_parts(a, b) if known else [], pictures, known)


# Many comparisons.


def holm(p):
    """[..., comparisons] -> adjusted p-values (Holm 1979)."""
    p = np.asarray(p, float)
    ranks = np.argsort(p, axis=-1, kind="stable")
    stepped = np.minimum(1, np.take_along_axis(p, ranks, -1) * np.arange(p.shape[-1], 0, -1))
    out = np.empty_like(p)
    np.put_along_axis(out, ranks, np.maximum.accumulate(stepped, axis=-1), -1)
    return out


def verdict(value, p, p_equivalent, alpha=ALPHA):
    """Of adjusted p-values: "equivalent", "better", "worse" or "undecided"."""
    found = np.where(np.asarray(value) > 0, "better", "worse")
    return np.where(p_equivalent <= alpha, "equivalent", np.where(p <= alpha, found, "undecided"))


def gain_claim(e, p, p_equivalent, claimed=None, margin=MARGIN, alpha=ALPHA):
    """What becomes of "A gains `claimed` over B"; None where the figure is of another metric or protocol."""
    if e.seeds == "these":
        return "undecided"
    equivalent = p_equivalent <= alpha and (claimed is None or claimed > margin)
    if p > alpha:
        return "contradicted" if equivalent else "undecided"
    if e.value < 0:
        return "contradicted"
    smaller = equivalent or (claimed is not None and e.p_below(claimed) <= alpha)
    return "same direction but smaller" if smaller else "reproduced"


def bound_claim(e, bound, comparisons, alpha=ALPHA):
    """What becomes of "A gains no more than `bound`", one of several comparisons."""
    if e.seeds == "these":
        return "undecided"
    if comparisons * e.p_below(bound) <= alpha:
        return "reproduced"
    return "contradicted" if comparisons * e.p_above(bound) <= alpha else "undecided"


def improvement(a, b):
    """P(A > B): the share of pairs of trainings in which A is ahead; ties count one half."""
    x, y = a.scores[:, None], b.scores[None, :]
    return ((x > y) + 0.5 * (x == y)).mean()


def best(groups, drives, order, alpha=ALPHA):
    """Which groups may be the best: none of the others beats them at alpha / (G - 1), one-sided."""
    level = alpha / (len(groups) - 1)
    beats = lambda a, b: a is not b and difference(a, b, drives, order).p_above(0) <= level
    return [not any(beats(other, group) for other in groups) for group in groups]


def detectable(deviations, seeds, picture_se, picture_df, comparisons=1, power=0.8, alpha=ALPHA):
    """The smallest true difference seen in `power` of experiments (noncentral t).

    `deviations`: between seeds, of each side; of the differences alone where seeds are paired.
    """
    if seeds < 2:
        return math.inf
    variance, df = add([(d * d / seeds, seeds - 1) for d in deviations] + [(picture_se**2, picture_df)])
    critical, low, high = quantile(1 - alpha / comparisons / 2, df), 0.0, 200.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (low, middle) if nct.sf(critical, df, middle) >= power else (middle, high)
    return float(high * math.sqrt(variance))
