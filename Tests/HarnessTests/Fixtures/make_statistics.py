"""Makes statistics/golden.json: small inputs, and what `Benchmarks/intervals.py` says to them, which NumPy and SciPy compute.

Run: python make_statistics.py (NumPy and SciPy). With --check it compares the file with what it would write.
"""

import json
import math
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[2] / "Benchmarks"))

import check_intervals  # noqa: E402
import intervals  # noqa: E402

GOLDEN = HERE / "statistics" / "golden.json"


class Numbers:
    """A generator so small that the inputs need no library."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % n


def sums(seed, seeds, pictures, classes, skill, absent=()):
    """[seeds][pictures][hits, truths, predictions][classes]; the truths are the same for all seeds."""
    random = Numbers(77)
    truths = [
        [0 if c in absent else 20 + random.below(80) + 5 * ((i // 4) % 3) for c in range(classes)]
        for i in range(pictures)
    ]
    random = Numbers(seed)
    trainings = []
    for s in range(seeds):
        rows = []
        for i in range(pictures):
            hits = [t * (skill + random.below(25) + 3 * ((i // 5) % 4) + s) // 130 for t in truths[i]]
            hits = [min(a, t) for a, t in zip(hits, truths[i])]
            predictions = [a + (0 if t == 0 else 3 + random.below(30)) for a, t in zip(hits, truths[i])]
            rows.append([hits, truths[i], predictions])
        trainings.append(rows)
    return trainings


def inputs():
    """All cases: kind, note and input."""
    for df in (1, 1.5, 2, 2.7, 4, 6.35, 12, 232, 1e6):
        yield "t", "quantile 0.975 and tails", {"df": df}
    yield "add", "Satterthwaite; a part of no variance has no df", {"parts": [[4.0, 2], [9.0, 6], [0.0, 1]]}
    yield "add", "all zero", {"parts": [[0.0, 2]]}
    psi = [((7 * i * i + 3 * i) % 11 - 5) / 1000 for i in range(12)]
    for drives in ([12], [5, 7], [4, 4, 4], [1, 11], [9, 1, 2]):
        for order in ("video", "places", "independent"):
            yield "pictures", "variance of a sum of influences, and df", {"psi": psi, "drives": drives, "order": order}
    yield "pictures", "one picture: nothing", {"psi": [0.0], "drives": [1], "order": "video"}
    a = {"model": "unet", "seeds": [0, 1, 2], "sums": sums(1, 3, 12, 3, 60)}
    b = {"model": "pspnet", "seeds": [0, 1, 2], "sums": sums(2, 3, 12, 3, 52)}
    c = {"model": "unet", "seeds": [0, 1, 2], "sums": sums(3, 3, 12, 3, 59)}
    d = {"model": "unet", "seeds": [0], "sums": sums(1, 1, 12, 3, 60)}
    e = {"model": "linear-svc", "seeds": [0], "fixed": True, "sums": sums(5, 1, 12, 3, 40)}
    f = {"model": "unet", "seeds": [0, 1], "sums": sums(6, 2, 12, 4, 60, absent=(3,))}
    h = {"model": "forest", "seeds": [0, 1, 2, 3, 4], "sums": sums(8, 5, 12, 3, 56)}
    two = [{"model": "unet", "seeds": [0, 1], "sums": x["sums"][:2]} for x in (a, c)]
    yield "influence", "seed 0 of A", {"sums": a["sums"][0]}
    yield "influence", "an absent category is left out", {"sums": f["sums"][0]}
    singles = [
        ("three seeds", a), ("one seed: these trainings only", d), ("one seed of a model without chance", e),
        ("two seeds, absent category", f),
    ]
    for note, group in singles:
        for drives in ([12], [5, 7]):
            for order in ("video", "independent"):
                yield "estimate", note, {"group": group, "drives": drives, "order": order}
    pairs = [
        ("other models: Welch", a, b), ("same model and seeds: paired", a, c), ("other numbers of seeds: Welch", a, h),
        ("same model, two seeds: Welch", *two), ("one seed against three", d, b),
        ("without chance against three", a, e), ("identical", a, a),
    ]
    for note, one, other in pairs:
        for drives in ([12], [4, 4, 4]):
            yield "difference", note, {"a": one, "b": other, "drives": drives, "order": "video"}
    yield "holm", "", {"p": [0.01, 0.04, 0.03, 0.5, 0.2]}
    rows = [
        (0.05, 0.004, 8.0, "any"), (-0.06, 0.01, 6.0, "any"), (0.001, 0.001, 12.0, "any"), (0.004, 0.0008, 20.0, "any"),
        (0.02, 0.012, 5.0, "any"), (0.08, 0.005, 8.0, "these"), (0.03, 0.0, "inf", "any"), (0.0, "nan", "nan", "any"),
    ]
    yield "verdicts", "value, se, df, seeds; margin 0.01", {"estimates": rows}
    yield "claims", "'gains x' for x none, 0.02, 0.1; 'no more than' 0.01 of 8 comparisons", {"estimates": rows}
    yield "best", "which may be the best", {"groups": [a, b, h, e], "drives": [12], "order": "video"}
    designs = [(0.012, 3, 1, False), (0.012, 5, 13, False), (0.012, 5, 1, True), (0.002, 10, 13, False), (0.012, 1, 1, False)]
    for deviation, seeds, comparisons, paired in designs:
        given = {"sd": deviation, "seeds": seeds, "m": comparisons, "paired": paired}
        yield "detectable", "80 % power, picture error 0.005 with 6 df", given
    # Longer drives, whose variance is corrected for what slow cosines miss.
    long = [((13 * i * i + 5 * i) % 37 - 18) / 4000 for i in range(60)]
    for drives in ([60], [20, 40], [15, 45]):
        yield "pictures", "a video of more than 16 frames", {"psi": long, "drives": drives, "order": "video"}


def plain(value):
    """As JSON has it; what it lacks stands there as words."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return value


def main():
    cases = [
        {"kind": kind, "note": note, "input": given, "expected": plain(check_intervals.answer(kind, plain(given)))}
        for kind, note, given in ((k, n, plain(g)) for k, n, g in inputs())
    ]
    whole = {"made_by": "make_statistics.py", "tolerance": 1e-9, "cases": cases}
    text = json.dumps(whole, separators=(",", ":")).replace('{"kind"', '\n{"kind"') + "\n"
    if "--check" in sys.argv:
        same = GOLDEN.read_text() == text
        sys.exit(0 if same else f"{GOLDEN} would differ")
    GOLDEN.write_text(text)
    print(f"{len(cases)} cases")


main()
