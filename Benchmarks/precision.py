"""The difference in test mean IoU between bf16 and fp32, by the statistics of reports, of the runs of precision.yaml.

    python Benchmarks/precision.py runs/precision
"""
import csv, glob, itertools, os, re, sys
import numpy as np
import intervals

CATEGORIES = "void flat construction object nature sky human vehicle".split()


def group(root, model, precision):
    """The trainings of one setting, and how many test pictures each drive has."""
    hits, unions, seeds = [], [], []
    for folder in sorted(glob.glob(os.path.join(root, f"{model}_*_precision={precision}_*"))):
        with open(os.path.join(folder, "pictures.csv")) as file:
            rows = [row for row in csv.DictReader(file) if row["protocol"] == "without-void"]
        matrices = np.array([[[float(row[f"{true}>{seen}"]) for seen in CATEGORIES] for true in CATEGORIES] for row in rows])
        own = np.diagonal(matrices, axis1=1, axis2=2)
        hits.append(own[:, 1:])
        unions.append((matrices.sum(1) + matrices.sum(2) - own)[:, 1:])
        seeds.append(int(re.search(r"seed(\d+)", folder)[1]))
        drives = [len(list(frames)) for _, frames in itertools.groupby(row["picture"].split("_")[0][:6] for row in rows)]
    return intervals.Group(np.array(hits), np.array(unions), seeds, model, usual=0.005), drives


for model in ("vgg-unet", "unet-mini"):
    if len(glob.glob(os.path.join(sys.argv[1], f"{model}_*_precision=bf16_*", "scores.json"))) < 2:
        continue
    (bf16, drives), (fp32, _) = group(sys.argv[1], model, "bf16"), group(sys.argv[1], model, "fp32")
    e = intervals.difference(bf16, fp32, drives, "video")
    print(
        f"{model}: bf16 {bf16.scores.mean():.4f}, fp32 {fp32.scores.mean():.4f}, difference {e.value:+.4f} +- {e.half():.4f}; "
        f"equivalent within 0.01: p = {e.judged_p_equivalent(0.01):.1g}")
