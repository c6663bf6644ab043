"""How often segbench's intervals hold the truth, how often a report claims something false, and what a design can see.

    python Benchmarks/coverage.py            NumPy and SciPy; half an hour on two cores that others use too
    python Benchmarks/coverage.py --quick    a fifth of the experiments; writes nothing but its tables

Prints Markdown tables and writes what reports say of their own intervals, `Sources/Reports/Statistics/coverage.yaml`.
The methods are those of `intervals.py`, the data those of `worlds.py`, with known truth; any number of processes gives
the same numbers. Every design is met with seeds of all the deviations in `NOISE`, as nobody knows them beforehand: what
counts is the lowest coverage among them.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")   # before NumPy: tasks are what runs side by side

import argparse
import collections
import math
import multiprocessing
import pathlib
import sys
import time

import numpy as np

import intervals
from intervals import ALPHA, MARGIN, Estimate, picture_part, seed_part
from worlds import World

OUTPUT = pathlib.Path(__file__).parents[1] / "Sources" / "Reports" / "Statistics" / "coverage.yaml"
WORLDS, EXPERIMENTS, BATCH = 8, 250, 25   # experiments of a world; reports are half as many
PICTURES, SEEDS = (20, 50, 100, 233, 500), (1, 3, 5, 10)

# Shares of the drives in the pictures.
DRIVES = {1: [1.0], 2: [0.27, 0.73], 3: [0.34, 0.33, 0.33], 4: [0.06, 0.17, 0.42, 0.35], 12: [1 / 12] * 12}

# Numbers of drives of each order of pictures. Those that `intervals.py` doesn't know are videos that try it harder.
ORDERS = {"video": (1, 2, 3, 4), "places": (3,), "independent": (1,), "slower": (1, 3), "faster": (1, 3), "clip": (1,)}

# Deviations between seeds in mean IoU of both models, their tails, and the share of the noise that both have in common.
NOISE = {
    "0": ([0, 0],),
    "0.003": ([0.003, 0.003],),
    "0.012": ([0.012, 0.012],),
    "0.03": ([0.03, 0.03],),
    "0.05": ([0.05, 0.05],),
    "0.003 and 0.05": ([0.003, 0.05],),
    "0.03, heavy tails": ([0.03, 0.03], ["t3", "t3"]),
    "0.03, matched": ([0.03, 0.03], None, 0.8),
    "0.03, one in eight fails": ([0.03, 0.003], ["fails", "normal"]),
}
FAILING, MATCHED = "0.03, one in eight fails", "0.03, matched"
USUAL = {
    "difference": [noise for noise in NOISE if noise != FAILING],
    "score": [noise for noise in NOISE if noise not in (FAILING, MATCHED, "0.003 and 0.05")],
}

# A report: eight models, each with the first and with the one before it.
PAIRS = [(g, 0) for g in range(1, 8)] + [(g, g - 1) for g in range(2, 8)]
REPORTS = {
    "video": [(1, 100), (3, 100), (3, 233), (1, 233), (4, 500)],
    "places": [(3, 500)],
    "independent": [(1, 20), (1, 100)],
}

REPORT_NOISE = {
    "0.003": ([0.003] * 8,),
    "0.012": ([0.012] * 8,),
    "0.05": ([0.05] * 8,),
    "0 to 0.05": ([0, 0.003, 0.005, 0.012, 0.02, 0.03, 0.04, 0.05],),
    "0.03, heavy tails": ([0.03] * 8, ["t3"] * 8),
}

# Streets that nobody saw: (drives, pictures, whether every drive has its own trainings).
STREETS = [(4, 100, True), (4, 233, True), (4, 500, True), (3, 233, False), (4, 233, False), (12, 233, False)]
STREET_NOISE = ("0.003", "0.012", "0.03", "0.05", "0.003 and 0.05", "0.03, heavy tails")


def split(pictures, drives):
    """Pictures of each drive; a drive may be left without any."""
    return [int(k) for k in np.diff([0, *np.round(np.cumsum(DRIVES[drives]) * pictures)])]


def assumed(order):
    """What the method takes an order for."""
    return order if order in ("places", "independent") else "video"


def generator(*key):
    return np.random.default_rng([2, *key])


def prefixes(longest, lengths):
    """Where the first `lengths` pictures of drives of `longest` pictures are."""
    starts = np.cumsum([0, *longest[:-1]])
    return np.concatenate([start + np.arange(k) for start, k in zip(starts, lengths)])


class Sample:
    """Scores [experiments, seeds] and influences [experiments, pictures] of some models on the same test sets.

    Of counts already made, or one model after the other, as those of many need much memory; `at`: of these pictures.
    """

    def __init__(self, tests, models, lengths, counts=None, at=slice(None)):
        self.drives = intervals.merged([k for k in lengths if k])
        self.scores, self._sums, self.truths = [], [], []
        for model in models:
            hits, union = (x[:, :, at] for x in (counts[model] if counts else tests.counts(model)))
            self.scores.append(intervals.mean_iou(hits.sum(2), union.sum(2)))
            self._sums.append(np.cumsum(intervals.influence(hits, union), 1, dtype=float))
            self.truths.append(tests.truth(model, lengths))

    def psi(self, model, seeds):
        return self._sums[model][:, seeds - 1] / seeds

    def truth(self, model, seeds):
        """Of any training; with one seed, of this very one."""
        return self.truths[model][seeds == 1]

    def error(self, model, seeds):
        return self.scores[model][:, :seeds].mean(1) - self.truth(model, seeds)


def seed_parts(sample, models, seeds, fixed=(), matched=False):
    scores = [sample.scores[model][:, :seeds] for model in models if model not in fixed]
    if seeds == 1 or not scores:
        return []
    return [seed_part(scores[0] - scores[1])] if matched else [seed_part(x) for x in scores]


def statistic(sample, kind, seeds, pair=(0, 1)):
    """What an experiment misses the truth by, and the influences behind it."""
    a, b = pair
    if kind == "score":
        return sample.error(a, seeds), sample.psi(a, seeds)
    return sample.error(a, seeds) - sample.error(b, seeds), sample.psi(a, seeds) - sample.psi(b, seeds)


# Tasks: each is a world with seeds of one kind, and returns arrays of experiments by their design.


def coverage_task(world_seed, order, noise, experiments):
    """{(kind, order, drives, pictures, seeds, noise): [error, half, half for 13 comparisons, half without `shortness`]}
    """
    world = World(world_seed, order, *NOISE[noise])
    rng = generator(1, world_seed, list(ORDERS).index(order), list(NOISE).index(noise))
    fixed = [model for model, deviation in enumerate(NOISE[noise][0]) if deviation == 0]
    found = collections.defaultdict(list)
    for drives in ORDERS[order]:
        longest = split(PICTURES[-1], drives)
        for _ in range(0, experiments, BATCH):
            tests = world.test_sets(rng, BATCH, longest, SEEDS[-1])
            counts = [tests.counts(model) for model in range(2)]
            for pictures in PICTURES:
                lengths = split(pictures, drives)
                sample = Sample(tests, range(2), lengths, counts, prefixes(longest, lengths))
                for seeds in SEEDS:
                    for kind, models in (("score", [0]), ("difference", [0, 1])):
                        error, psi = statistic(sample, kind, seeds)
                        parts = seed_parts(sample, models, seeds, fixed, kind == "difference" and noise == MATCHED)
                        e, plain = (
                            Estimate.of(error, parts, picture_part(psi, sample.drives, assumed(order), span), True)
                            for span in (intervals.SPAN[kind], 0))
                        row = error, e.half(), e.half(1 - ALPHA / len(PAIRS)), plain.half()
                        found[kind, order, drives, pictures, seeds, noise].append(np.array(row, np.float32))
    return found


def jackknife(hits, union):
    """Influences by leaving each picture out, not in the limit: a category that is in few pictures moves further."""
    all_hits, all_union = hits.sum(-2, keepdims=True), union.sum(-2, keepdims=True)
    present = all_union > 0
    iou = all_hits / np.where(present, all_union, 1)
    psi = np.where(present, (hits - iou * union) / np.maximum(all_union - union, 1e-9), 0).sum(-1) / present.sum(-1)
    return psi - psi.mean(-1, keepdims=True)


def alternatives(psi, drives):
    """{name: part} of what else could be made of influences in videos."""
    def cosines(total, factor=lambda count, number, x: 1.0):
        parts, start = [], 0
        for count in drives:
            x = psi[..., start:start + count]
            start += count
            number = min(max(1, math.floor(total * count / sum(drives) + 0.5)), count - 1)
            waves = np.cos(math.pi * np.outer(np.arange(count) + 0.5, np.arange(1, number + 1)) / count)
            parts.append((2 * ((x @ waves) ** 2).mean(-1) * factor(count, number, x), number))
        return intervals.add(parts)

    def estimated(count, number, x):
        x = x - x.mean(-1, keepdims=True)
        likeness = (x[..., 1:] * x[..., :-1]).sum(-1) / np.maximum((x * x).sum(-1), 1e-30)
        return intervals.shortness(count, number, -1 / np.log(np.clip(likeness, 0.01, 0.99)))

    number = 4 if len(drives) == 1 else 6
    out = {f"{total} cosines": cosines(total) for total in (2, 3, 4, 6, 8)}
    out["4 or 6 cosines, span estimated"] = cosines(number, estimated)
    for span in (4, 8, 12, 16):
        out[f"4 or 6 cosines, span {span}"] = picture_part(psi, drives, "video", span)
    out["8 cosines, span 8"] = cosines(8, lambda count, number, x: intervals.shortness(count, number, 8))
    if len(drives) > 2:
        out["drives as clusters"] = intervals.drive_part(psi, drives)
    return out


def alternatives_task(world_seed, order, noise, experiments):
    """{(kind, drives, pictures, noise, name): [error, half]} with three seeds."""
    world = World(world_seed, order, *NOISE[noise])
    rng = generator(2, world_seed, list(NOISE).index(noise))
    fixed = [0, 1] if noise == "0" else []
    found = collections.defaultdict(list)
    for drives in ORDERS[order]:
        longest = split(PICTURES[-1], drives)
        for _ in range(0, experiments, BATCH):
            tests = world.test_sets(rng, BATCH, longest, 3)
            counts = [tests.counts(model) for model in range(2)]
            for pictures in PICTURES[1:]:
                lengths = split(pictures, drives)
                at = prefixes(longest, lengths)
                sample = Sample(tests, range(2), lengths, counts, at)
                left_out = [jackknife(hits[:, :, at], union[:, :, at]).mean(1) for hits, union in counts]
                for kind, models in (("score", [0]), ("difference", [0, 1])):
                    error, psi = statistic(sample, kind, 3)
                    seeds = seed_parts(sample, models, 3, fixed)
                    parts = {"4 or 6 cosines": picture_part(psi, sample.drives, "video", 0)}
                    jack = left_out[0] if kind == "score" else left_out[0] - left_out[1]
                    parts["4 or 6 cosines, jackknife"] = picture_part(jack, sample.drives, "video", 0)
                    parts |= alternatives(psi, sample.drives)
                    for name, part in parts.items():
                        half = Estimate.of(error, seeds, part, True).half()
                        found[kind, drives, pictures, noise, name].append(np.array([error, half]))
                        if kind == "score" and name == "4 or 6 cosines":
                            score = sample.scores[0].mean(1)
                            logit = lambda x: np.log(x / (1 - x))
                            slope = score * (1 - score)
                            missed = logit(score) - logit(score - error)
                            found[kind, drives, pictures, noise, name + ", logit"].append(
                                np.array([missed * slope, half]))
    return found


def claims(estimates, gap, adjusted=intervals.holm):
    """[reports], true where one has a false claim of its `estimates` of true differences `gap`, as columns."""
    verdicts = intervals.verdict(
        estimates.value, adjusted(estimates.judged_p()), adjusted(estimates.judged_p_equivalent()))
    wrong = np.where(
        gap == 0, (verdicts == "better") | (verdicts == "worse"),
        (verdicts == "equivalent") | (verdicts == np.where(gap > 0, "worse", "better")))
    return wrong.any(-1)


def judged(error, se, df, most):
    """{name: [reports]} of `claims`: with `most` degrees of freedom of a verdict, with all, and without Holm."""
    groups, found = np.arange(8), {}
    for name, levels in {"equal": 0 * groups, "a margin apart": MARGIN * (groups % 2)}.items():
        gap = np.array([levels[a] - levels[b] for a, b in PAIRS])
        capped, plain = (
            Estimate(error + gap, se, df, judged_df=judged_df) for judged_df in (np.minimum(df, most), df))
        found[name] = claims(capped, gap)
        found[name + ", all df"] = claims(plain, gap)
        found[name + ", unadjusted"] = claims(capped, gap, lambda p: p)
    return found


def reports_task(world_seed, order, noise, experiments):
    """{(order, drives, pictures, seeds, noise, name): [reports]}, true where one has a false claim."""
    world = World(world_seed, order, *REPORT_NOISE[noise], drives=12)
    rng = generator(3, world_seed, list(ORDERS).index(order), list(REPORT_NOISE).index(noise))
    deviations = REPORT_NOISE[noise][0]
    fixed = [model for model, deviation in enumerate(deviations) if deviation == 0]
    found = collections.defaultdict(list)
    for drives, pictures in REPORTS[order]:
        lengths = split(pictures, drives)
        for _ in range(0, experiments, BATCH):
            tests = world.test_sets(rng, BATCH, lengths, SEEDS[-1])
            sample = Sample(tests, range(8), lengths)
            for seeds in SEEDS:
                columns = []
                for pair in PAIRS:
                    error, psi = statistic(sample, "difference", seeds, pair)
                    parts = seed_parts(sample, pair, seeds, fixed)
                    pictures_part = picture_part(psi, sample.drives, order)
                    e = Estimate.of(error, parts, pictures_part, True)
                    sides = [(seeds, deviations[model]) for model in pair if model not in fixed]
                    most = intervals.most_degrees(sides, pictures_part[0], sample.drives, order)
                    columns.append((e.value, e.se, e.df, most))
                error, se, df, most = (np.stack([np.broadcast_to(x, BATCH) for x in rows], 1) for rows in zip(*columns))
                for name, wrong in judged(error, se, df, most).items():
                    found[order, drives, pictures, seeds, noise, name].append(wrong)
    return found


def streets_task(world_seed, order, noise, experiments):
    """{(drives, pictures, folds, seeds, noise): [error, half with drives as clusters, half of the usual interval]}"""
    world = World(world_seed, order, *NOISE[noise], drives=64, length=1536)
    rng = generator(4, world_seed, list(NOISE).index(noise))
    everywhere = world.everywhere(0) - world.everywhere(1)
    average = np.mean(world.everywhere(0)) - np.mean(world.everywhere(1))
    found = collections.defaultdict(list)
    for drives, pictures, folds in STREETS:
        lengths = [int(k) for k in np.diff(np.round(np.arange(drives + 1) * pictures / drives))]
        for _ in range(0, experiments, BATCH):
            tests = world.test_sets(rng, BATCH, lengths, 3, folds)
            sample = Sample(tests, range(2), lengths)
            for seeds in (1, 3):
                value = sample.scores[0][:, :seeds].mean(1) - sample.scores[1][:, :seeds].mean(1)
                these = seeds == 1 and not folds
                error = value - (everywhere[tests.trainings[:, 0, 0]] if these else average)
                psi, parts = sample.psi(0, seeds) - sample.psi(1, seeds), seed_parts(sample, [0, 1], seeds)
                clusters = Estimate.of(error, parts, intervals.drive_part(psi, sample.drives), True)
                usual = Estimate.of(error, parts, picture_part(psi, sample.drives, order), True)
                found[drives, pictures, folds, seeds, noise].append(np.array([error, clusters.half(), usual.half()]))
    return found


def run(job):
    name, arguments = job
    found = globals()[name](*arguments)
    return name, {key: np.concatenate(value, -1) for key, value in found.items()}


def simulate(worlds, experiments, processes):
    """{task: {design: experiments}}"""
    jobs = []
    for world in range(1, worlds + 1):
        jobs += [("reports_task", (world, o, n, experiments // 2)) for o in REPORTS for n in REPORT_NOISE]
        for order in ORDERS:
            noises = NOISE if order in ("video", "places", "independent") else ("0", "0.012")
            jobs += [("coverage_task", (world, order, noise, experiments)) for noise in noises]
        jobs += [("streets_task", (world, "video", noise, experiments)) for noise in STREET_NOISE]
        jobs += [("alternatives_task", (world, "video", noise, experiments // 2)) for noise in ("0", "0.012")]
    results = {name: collections.defaultdict(list) for name in dict.fromkeys(name for name, _ in jobs)}
    with multiprocessing.Pool(processes) as pool:
        for done, (name, found) in enumerate(pool.imap(run, jobs), 1):
            for key, value in found.items():
                results[name][key].append(value)
            print(f"\r{done} of {len(jobs)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return {
        name: {key: np.concatenate(value, -1) for key, value in found.items()} for name, found in results.items()
    }


# What is said of them.


def held(cell, half=1):
    return float(np.mean(np.abs(cell[0]) <= cell[half]))


def lowest(results, kind, order, drives, pictures, seeds, half=1):
    """Coverage at the deviation of seeds that is worst for it."""
    cells = results["coverage_task"]
    noises = [n for n in USUAL[kind] if (kind, order, drives, pictures, seeds, n) in cells]
    return min(held(cells[kind, order, drives, pictures, seeds, noise], half) for noise in noises)


def percent(*shares):
    return " to ".join(dict.fromkeys(f"{100 * share:.0f}" for share in shares)) + " %"


def table(head, rows):
    print("\n| " + " | ".join(head) + " |\n| " + " | ".join(["---"] * len(head)) + " |")
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    print()


def print_coverage(results, experiments):
    cells = results["coverage_task"]
    error = 100 * math.sqrt(0.95 * 0.05 / experiments)
    print(f"""# Coverage of 95 % intervals

{experiments} experiments a cell and deviation between seeds: a share has a Monte-Carlo error of {error:.1f} points.
Lowest and highest among the deviations 0 to 0.05, half the width in points of mean IoU where they deviate by 0.012. One
seed: for these very trainings. The last column is the lowest with three seeds without `shortness`. Video: a frame a
second. "Slower" and "faster" are videos whose frames stay alike twice as long and half as long; a clip has fifteen
frames a second.""")
    for kind in ("difference", "score"):
        print(f"\n## {'Paired differences' if kind == 'difference' else 'Single scores'}")
        rows = []
        for order, counts in ORDERS.items():
            for drives in counts:
                for pictures in PICTURES:
                    row = [order, drives, pictures]
                    for seeds in SEEDS:
                        design = kind, order, drives, pictures, seeds
                        of = [held(cells[*design, n]) for n in USUAL[kind] if (*design, n) in cells]
                        half = 100 * np.median(cells[*design, "0.012"][1])
                        row.append(f"{percent(min(of), max(of))} (±{half:.1f})")
                    plain = lowest(results, kind, order, drives, pictures, 3, 3)
                    rows.append(row + [percent(plain) if assumed(order) == "video" else ""])
        table(["order", "drives", "pictures", *(f"{s} seed{'s' * (s > 1)}" for s in SEEDS), "plain"], rows)
    print("Where one training in eight fails and the deviation is 0.03 (a difference: to a model of 0.003):")
    designs = [("video", 3, 233), ("places", 3, 500), ("independent", 1, 100)]
    rows = [
        [kind, *design, *(percent(held(cells[kind, *design, s, FAILING])) for s in SEEDS[1:])]
        for kind in USUAL for design in designs
    ]
    table(["of", "order", "drives", "pictures", *(f"{s} seeds" for s in SEEDS[1:])], rows)


def print_alternatives(results):
    print("""## What else was tried on video

Lowest coverage of seeds without deviation and with 0.012, three seeds, and half the width in points of mean IoU at
0.012.""")
    cells = results["alternatives_task"]
    names = list(dict.fromkeys(key[-1] for key in cells))
    designs = [(d, n) for d in ORDERS["video"] for n in (50, 100, 233)]
    for kind in ("score", "difference"):
        rows = []
        for name in names:
            row = []
            for drives, pictures in designs:
                of = [cells.get((kind, drives, pictures, noise, name)) for noise in ("0", "0.012")]
                if any(cell is None for cell in of):
                    row.append("")
                else:
                    row.append(f"{100 * min(map(held, of)):.0f} (±{100 * np.median(of[1][1]):.1f})")
            if any(row):
                rows.append([name, *row])
        table([f"{kind}: drives, pictures", *(f"{d}, {n}" for d, n in designs)], rows)


def wrong_shares(results, design, name):
    cells = results["reports_task"]
    return {noise: float(np.mean(cells[*design, noise, name])) for noise in REPORT_NOISE}


def print_reports(results, experiments):
    print(f"""# False claims in reports of 13 comparisons

Share of reports with at least one, of {experiments} a cell (Monte-Carlo error at 5 %:
{100 * math.sqrt(0.95 * 0.05 / experiments):.1f} points): lowest to highest among deviations between seeds. Equal: no
model differs from another, every "better" or "worse" is false. Apart: every second model is better by the margin
{MARGIN}, so "equivalent" is false too. Verdicts have at most (S_A - 1) + (S_B - 1) degrees of freedom, the sum over the
sides with noise of training, where the true variance of both means between seeds is more than {intervals.MATTERS} of
the pictures', and at most {intervals.ONE_DRIVE} over a video of a single drive. All df: as many as the intervals. One
seed: claims of these very trainings.""")
    rows = []
    for order, designs in REPORTS.items():
        for drives, pictures in designs:
            for seeds in SEEDS:
                row = [order, drives, pictures, seeds]
                for name in ("equal", "a margin apart", "equal, all df", "equal, unadjusted"):
                    of = wrong_shares(results, (order, drives, pictures, seeds), name).values()
                    row.append(percent(min(of), max(of)))
                rows.append(row)
    table(["order", "drives", "pictures", "seeds", "equal", "apart", "equal, all df", "equal, without Holm"], rows)


def print_power(results):
    print("""# The smallest difference seen in 80 % of experiments

Counted, and by the closed form (noncentral t, with the pictures' true error), alone and as one of 13 at Holm's first
step.""")
    cells, rows = results["coverage_task"], []
    for order, drives, pictures in [("video", 1, 100), ("video", 3, 233), ("places", 3, 500), ("independent", 1, 100)]:
        picture_se = math.sqrt(np.mean(cells["difference", order, drives, pictures, 10, "0"][0].astype(float) ** 2))
        picture_df = sum(intervals.terms(split(pictures, drives), order))
        for noise in ("0.003", "0.012", "0.03", "0.05"):
            row = [order, drives, pictures, noise]
            for seeds in SEEDS[1:]:
                cell, deviations = cells["difference", order, drives, pictures, seeds, noise], [float(noise)] * 2
                for half, comparisons in ((1, 1), (2, len(PAIRS))):
                    counted = np.quantile(cell[half] - cell[0], 0.8)
                    closed = intervals.detectable(deviations, seeds, picture_se, picture_df, comparisons)
                    row.append(f"{counted:.3f} / {closed:.3f}")
            rows.append(row)
    head = ["order", "drives", "pictures", "deviation"]
    table(head + [f"{s} seeds, {name}" for s in SEEDS[1:] for name in ("alone", "of 13")], rows)


def street_shares(results, design):
    """Lowest coverage among the deviations of seeds: with drives as clusters, and of the usual interval."""
    cells = [results["streets_task"][*design, noise] for noise in STREET_NOISE]
    return [min(held(cell, half) for cell in cells) for half in (1, 2)]


def print_streets(results):
    print("""# Differences on streets that nobody saw

Lowest to highest coverage among deviations between seeds, half the width in points of mean IoU where it is 0.012.
Folds: every drive is tested by trainings of its own. One seed without folds: for these very trainings.""")
    rows = []
    for drives, pictures, folds in STREETS:
        for seeds in (1, 3):
            cells = {n: results["streets_task"][drives, pictures, folds, seeds, n] for n in STREET_NOISE}
            row = [drives, pictures, "yes" if folds else "no", seeds]
            for half in (1, 2):
                of = [held(cell, half) for cell in cells.values()]
                row.append(f"{percent(min(of), max(of))} (±{100 * np.median(cells['0.012'][half]):.1f})")
            rows.append(row)
    table(["drives", "pictures", "folds", "seeds", "drives as clusters", "cosines and seeds"], rows)


KEPT = [("video", 1, n) for n in PICTURES] + [("video", d, n) for d in (2, 3) for n in (100, 233, 500)] + [
    ("video", 4, 233), ("places", 3, 100), ("places", 3, 500), ("independent", 1, 20), ("independent", 1, 100)]
KEPT_REPORTS = [("video", 1, 100), ("video", 3, 233), ("places", 3, 500), ("independent", 1, 100)]


def write(results, path, experiments, half=1):
    """The records that reports read."""
    lines = [
        "# How often intervals of 95 % held the truth in simulations, and how often reports of 13 comparisons claimed",
        "# something false, with the methods of Benchmarks/intervals.py. Made by: python Benchmarks/coverage.py",
        "",
        "# Coverage is the lowest among seeds that deviate by 0 to 0.05 in mean IoU, some with heavy tails; `failing`,",
        "# where one training in eight fails. With one seed it is that of these very trainings. A video has one frame",
        "# a second.",
        "coverage:",
    ]
    cells = results["coverage_task"]
    for kind in USUAL:
        for order, drives, pictures in KEPT:
            for seeds in SEEDS:
                share = lowest(results, kind, order, drives, pictures, seeds, half)
                failing = held(cells[kind, order, drives, pictures, seeds, FAILING], half)
                more = f", failing: {failing:.3f}" if seeds > 1 else ""
                lines.append(
                    f"  - {{kind: {kind}, order: {order}, drives: {drives}, pictures: {pictures}, seeds: {seeds}, "
                    f"coverage: {share:.3f}{more}, experiments: {experiments}}}")
    lines += [
        "",
        "# The share of reports with at least one false claim, the highest among deviations between seeds: where no",
        "# model differs from another (`equal`), and where every second one is better by the margin (`apart`).",
        "# Verdicts have at most (S_A - 1) + (S_B - 1) degrees of freedom, the sum over the sides with noise of",
        "# training, where the sum of the usual deviations' squares over S, here of the true ones, is more than",
        f"# {intervals.MATTERS} of the pictures' variance, and at most {intervals.ONE_DRIVE} over a video of a single "
        "drive.",
        "falseClaims:",
    ]
    for order, drives, pictures in KEPT_REPORTS:
        for seeds in SEEDS[1:]:
            equal, apart = (
                max(wrong_shares(results, (order, drives, pictures, seeds), name).values())
                for name in ("equal", "a margin apart"))
            lines.append(
                f"  - {{order: {order}, drives: {drives}, pictures: {pictures}, seeds: {seeds}, "
                f"comparisons: {len(PAIRS)}, equal: {equal:.3f}, apart: {apart:.3f}, experiments: {experiments // 2}}}")
    lines += [
        "",
        "# Coverage for streets that nobody saw, of differences with drives as clusters; `folds`: every drive is",
        "# tested by trainings of its own.",
        "streets:",
    ]
    for drives, pictures, folds in STREETS:
        if pictures != 233:
            continue
        for seeds in (1, 3):
            clusters, _ = street_shares(results, (drives, pictures, folds, seeds))
            lines.append(
                f"  - {{drives: {drives}, pictures: {pictures}, folds: {str(folds).lower()}, seeds: {seeds}, "
                f"coverage: {clusters:.3f}, experiments: {experiments}}}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a fifth of the experiments, and no file")
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count()), help="tasks at a time")
    parser.add_argument("--output", type=pathlib.Path, help=f"where the records go; {OUTPUT.name} unless --quick")
    options = parser.parse_args()
    start, experiments = time.time(), EXPERIMENTS // 5 if options.quick else EXPERIMENTS
    results = simulate(WORLDS, experiments, options.processes)
    print_coverage(results, WORLDS * experiments)
    print_alternatives(results)
    print_reports(results, WORLDS * (experiments // 2))
    print_power(results)
    print_streets(results)
    output = options.output or (None if options.quick else OUTPUT)
    if output:
        write(results, output, WORLDS * experiments)
    print(f"{(time.time() - start) / 60:.0f} minutes with {options.processes} processes", file=sys.stderr)


if __name__ == "__main__":
    main()
