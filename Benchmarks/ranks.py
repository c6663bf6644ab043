#!/usr/bin/env python3
"""Seconds an epoch of one rank of one thread beside two ranks of one thread, in turns on one machine.

    ranks.py --program .build/release/segbench --work FOLDER [--model vgg-unet] [--size 512x256] [--batch 4] [--epochs 2]
             [--rounds 2] [--mpiexec mpiexec.mpich]

Needs `make mpi` and two idle processors. Last in each line is what the machine itself allows: two trainings of one thread each at
the same time, which share memory's bandwidth and the last cache and exchange nothing. Minima count: on a busy machine the
others measure what else runs.
"""

import argparse
import csv
import pathlib
import shutil
import subprocess

SCENES = 16


def training(arguments, name, ranks):
    run = arguments.work / name
    shutil.rmtree(run, ignore_errors=True)
    settings = {
        "size": arguments.size, "train": SCENES, "validation": 2, "test": 1, "epochs": arguments.epochs, "shards": 2,
        "batch": arguments.batch, "patience": 1000,
    }  # fmt: skip
    command = [arguments.mpiexec, "-n", str(ranks)] if ranks > 1 else []
    command += [arguments.program, "train", arguments.model, "--run", run, "--threads", "1", "--verbose"]
    command += [f"--set={key}={value}" for key, value in settings.items()]
    log = open(arguments.work / f"{name}.log", "w")
    return run, subprocess.Popen(command, stdout=log, stderr=log)


def epochs(run, process):
    if process.wait():
        raise SystemExit(f"the training of {run} failed: see {run}.log")
    with open(run / "epochs.csv") as file:
        return [float(row["seconds"]) for row in csv.DictReader(file)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--model", default="vgg-unet")
    parser.add_argument("--size", default="512x256")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--mpiexec", default="mpiexec")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=2)
    arguments = parser.parse_args()
    arguments.program = arguments.program.resolve()
    arguments.work = arguments.work.resolve()
    arguments.work.mkdir(parents=True, exist_ok=True)

    one, two, apart = [], [], []
    for round in range(arguments.rounds):
        one += epochs(*training(arguments, "one", 1))
        two += epochs(*training(arguments, "two", 2))
        both = [training(arguments, name, 1) for name in ("first", "second")]
        # Both at the same time are as slow as the slower one.
        apart += [max(pair) for pair in zip(*(epochs(*each) for each in both))]
        print(f"round {round + 1}: one rank {min(one):.2f} s, two ranks {min(two):.2f} s: {min(one) / min(two):.2f}x;"
              f" two trainings at the same time {min(apart):.2f} s each: {2 * min(one) / min(apart):.2f}x", flush=True)


if __name__ == "__main__":
    main()
