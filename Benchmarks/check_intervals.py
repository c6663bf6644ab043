"""Compares `intervals.py` with the golden values of Swift's tests, and with SciPy where it has the same procedure.

    python Benchmarks/check_intervals.py [GOLDEN.json]

Ends with 0 where all agree. NumPy and SciPy; Holm's p-values are compared with statsmodels' too, where it is installed.
"""

import json
import math
import pathlib
import sys

import numpy as np
from scipy import stats

import intervals

GOLDEN = pathlib.Path(__file__).parents[1] / "Tests" / "HarnessTests" / "Fixtures" / "statistics" / "golden.json"
compared = 0


def agree(found, expected, where, tolerance=1e-9):
    """Numbers within a relative tolerance, everything else equal; ends the program with the place where not."""
    global compared
    if isinstance(expected, dict):
        if not isinstance(found, dict) or found.keys() != expected.keys():
            sys.exit(f"{where}: {found} is not {expected}")
        for key, value in expected.items():
            agree(found[key], value, f"{where}, {key}", tolerance)
    elif isinstance(expected, (list, tuple, np.ndarray)):
        if len(found) != len(expected):
            sys.exit(f"{where}: {len(found)} values in place of {len(expected)}")
        for index, (one, other) in enumerate(zip(found, expected)):
            agree(one, other, f"{where}, {index}", tolerance)
    elif expected is None or isinstance(expected, bool) or expected not in ("nan", "inf") and isinstance(expected, str):
        compared += 1
        if found != expected:
            sys.exit(f"{where}: {found} is not {expected}")
    else:
        compared += 1
        found, expected = float(found), float(expected)
        same = found == expected or (math.isnan(found) and math.isnan(expected))
        if not same and not abs(found - expected) <= tolerance * max(1e-6, abs(expected)):
            sys.exit(f"{where}: {found} is not {expected}")


def group(given):
    sums = np.array(given["sums"], float)
    hits, truths, predictions = sums[:, :, 0], sums[:, :, 1], sums[:, :, 2]
    return intervals.Group(hits, truths + predictions - hits, given["seeds"], given["model"], given.get("fixed", False))


def told(e, streets="these"):
    if e is None:
        return None
    value, half = float(e.value), float(e.half())
    return {
        "value": value, "se": e.se, "df": e.df, "seed_se": e.seed_se, "picture_se": e.picture_se,
        "scope": {"seeds": e.seeds, "streets": streets},
        "interval": None if math.isnan(half) else [value - half, value + half],
        "p": e.p(), "p_above_margin_below": e.p_above(-intervals.MARGIN), "p_below_margin": e.p_below(intervals.MARGIN),
    }


def estimates(rows):
    return [intervals.Estimate(float(v), float(s), float(d), seeds) for v, s, d, seeds in rows]


def adjusted(es):
    return intervals.holm([e.judged_p() for e in es]), intervals.holm([e.judged_p_equivalent() for e in es])


def answer(kind, given):
    """What `intervals.py` says to a golden case."""
    if kind == "t":
        df = given["df"]
        tails = {f"tail_{t}": intervals.tail(t, df) for t in (2, -1, 8)}
        return {"quantile": intervals.quantile(0.975, df), **tails}
    if kind == "add":
        return intervals.add([tuple(part) for part in given["parts"]])
    if kind == "pictures":
        drives, order = intervals.merged(given["drives"]), given["order"]
        part = intervals.picture_part(np.array(given["psi"]), drives, order)
        return {"merged": drives, "terms": intervals.terms(drives, order), "variance_df": part}
    if kind == "influence":
        one = group({"sums": [given["sums"]], "seeds": [0], "model": ""})
        return {"mean_iou": one.scores[0], "psi": one.psi}
    if kind == "estimate":
        return told(intervals.estimate(group(given["group"]), given["drives"], given["order"]))
    if kind == "difference":
        a, b = group(given["a"]), group(given["b"])
        return {
            "difference": told(intervals.difference(a, b, given["drives"], given["order"])),
            "other_streets": told(intervals.other_streets(a, b, given["drives"]), "any"),
            "improvement": intervals.improvement(a, b),
        }
    if kind == "holm":
        return intervals.holm(given["p"])
    if kind == "verdicts":
        es = estimates(given["estimates"])
        out = []
        for e, p, q in zip(es, *adjusted(es)):
            verdict = str(intervals.verdict(e.value, p, q))
            limited = e.seeds == "these" and verdict != "undecided"
            out.append({"p": p, "p_equivalent": q, "verdict": verdict + " (these trainings only)" * limited})
        return out
    if kind == "claims":
        es = estimates(given["estimates"])
        return [
            {
                "gain": intervals.gain_claim(e, p, q),
                "gain_0.02": intervals.gain_claim(e, p, q, 0.02),
                "gain_0.1": intervals.gain_claim(e, p, q, 0.1),
                "at_most_0.01": intervals.bound_claim(e, 0.01, len(es)),
            }
            for e, p, q in zip(es, *adjusted(es))
        ]
    if kind == "best":
        return intervals.best([group(g) for g in given["groups"]], given["drives"], given["order"])
    if kind == "detectable":
        sides = [given["sd"]] * (1 if given["paired"] else 2)
        return intervals.detectable(sides, given["seeds"], 0.005, 6, given["m"])
    sys.exit(f"a golden case of an unknown kind: {kind}")


def check_golden(path):
    golden = json.loads(path.read_text())
    for number, case in enumerate(golden["cases"]):
        where = f"{path.name}, case {number} ({case['kind']}: {case['note']})"
        agree(answer(case["kind"], case["input"]), case["expected"], where, golden["tolerance"])
    return len(golden["cases"])


def check_scipy(rng):
    """Welch's and the paired t-test, where pictures add nothing; Holm; the power of a t-test; the ordinary variance."""
    nothing = (0.0, 1)
    for first, second in [(3, 3), (3, 5), (10, 4), (2, 2)]:
        for _ in range(20):
            x, y = 0.6 + 0.03 * rng.normal(size=first), 0.58 + 0.01 * rng.normal(size=second)
            e = intervals.Estimate.of(
                x.mean() - y.mean(), [intervals.seed_part(x), intervals.seed_part(y)], nothing, True)
            welch = stats.ttest_ind(x, y, equal_var=False)
            low, high = welch.confidence_interval(0.95)
            agree([e.p(), e.df], [welch.pvalue, welch.df], "Welch's t-test")
            agree([e.value - e.half(), e.value + e.half()], [low, high], "Welch's interval")
            if first == second:
                e = intervals.Estimate.of(x.mean() - y.mean(), [intervals.seed_part(x - y)], nothing, True)
                paired = stats.ttest_rel(x, y)
                agree([e.p(), e.df], [paired.pvalue, paired.df], "the paired t-test")
            e = intervals.Estimate.of(x.mean(), [intervals.seed_part(x)], nothing, True)
            low_p = stats.ttest_1samp(x, 0.61, alternative="less").pvalue
            high_p = stats.ttest_1samp(x, 0.59, alternative="greater").pvalue
            agree([e.p_below(0.61), e.p_above(0.59)], [low_p, high_p], "one-sided t-tests")
    # Groups without chance: what is left is a t-test over pictures, whose influences are their values.
    psi = rng.normal(size=40)
    e = intervals.Estimate.of(0.3, [], intervals.picture_part(psi - psi.mean(), [40], "independent"), True)
    test = stats.ttest_1samp(psi * 40 - psi.mean() * 40 + 0.3, 0)
    agree([e.p(), e.df], [test.pvalue, test.df], "the t-test over pictures")
    # All cosines of a drive together are the ordinary variance.
    x = psi - psi.mean()
    waves = math.sqrt(2) * np.cos(math.pi * np.outer(np.arange(1, 40), np.arange(40) + 0.5) / 40) @ x
    agree((waves**2).mean(), intervals.picture_part(x, [40], "independent")[0], "Parseval's theorem")
    # Power, by the distribution that statsmodels' TTestIndPower uses, and by counting.
    found = intervals.detectable([0.01, 0.01], 5, 0.0, 1)
    noncentral = found / math.sqrt(2 * 0.01**2 / 5)
    agree(stats.nct.sf(stats.t.ppf(0.975, 8), 8, noncentral), 0.8, "power", 1e-6)
    draws = 0.01 * rng.normal(size=(100_000, 2, 5)) + np.array([found, 0])[:, None]
    test = stats.ttest_ind(draws[:, 0], draws[:, 1], axis=1)
    share = np.mean((test.pvalue <= 0.05) & (test.statistic > 0))
    if abs(share - 0.8) > 0.005:
        sys.exit(f"a difference that is seen in 80 % was seen in {100 * share:.1f} %")


def check_degrees():
    """How many degrees of freedom verdicts have at most, by hand."""
    one, three = ([100], "video"), ([80, 80, 73], "video")
    for sides, variance, where, expected in [
        ([(3, 0.01), (5, 0.01)], 0.0005, three, 6),      # 5.3e-5 is more than 5e-5
        ([(3, 0.01), (5, 0.01)], 0.0006, three, math.inf),
        ([(3, 0.01)], 0.0003, three, 2),                 # the other side is without chance
        ([(1, 0.01), (3, 0.01)], 0.0005, three, 2),      # one seed adds noise and no degrees of freedom
        ([(1, 0.01), (1, 0.01)], 0.0001, three, math.inf),
        ([(1, 0.01), (1, 0.01)], 0.0001, one, 3.5),
        ([(10, 0.01), (10, 0.01)], 0.0001, one, 3.5),
        ([(2, 0.01), (2, 0.01)], 0.0001, one, 2),
        ([], 0.0001, one, 3.5),
        ([], 0.0001, ([100], "independent"), math.inf),
    ]:
        agree(intervals.most_degrees(sides, variance, *where), expected, f"degrees of freedom of {sides}")


def check_holm(rng):
    """By the definition: the largest of (m - j) p_(j) up to a p's rank. And statsmodels' where it is there."""
    try:
        from statsmodels.stats.multitest import multipletests
    except ImportError:
        multipletests = None
    for count in (1, 2, 5, 13):
        p = np.round(rng.random((50, count)) ** 2, 2)   # with ties
        for row, found in zip(p, intervals.holm(p)):
            ranked = sorted(row)
            direct = [
                min(1, max((count - j) * ranked[j] for j in range(count) if ranked[j] <= one)) for one in row
            ]
            agree(found, direct, "Holm's definition")
            if multipletests:
                agree(found, multipletests(row, method="holm")[1], "statsmodels' Holm")
    return multipletests is not None


def main():
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else GOLDEN
    rng = np.random.default_rng(1)
    check_scipy(rng)
    check_degrees()
    others = "SciPy and statsmodels" if check_holm(rng) else "SciPy"
    own = compared
    print(f"{own} values agree with {others}, or by hand")
    print(f"{check_golden(path)} golden cases, {compared - own} values, agree with {path.name}")


if __name__ == "__main__":
    main()
