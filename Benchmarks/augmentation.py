#!/usr/bin/env python3
"""Augmentations beside albumentations, on the same pictures in one run.

    python3 Benchmarks/augmentation.py --swift .build/release/segbench benchmark augmentation --data FOLDER \\
        > docs/augmentations.md

What follows --swift runs segbench's side: it is called with `--dump DIR --json` added, writes the scenes that it
measured to DIR (NNNN_picture.png and NNNN_labels.png) and prints a JSON list of {name, seconds, statistics: {luminance, contrast,
changed}}. Then albumentations, on one thread, changes the same pictures, with their labels as masks. Both sides give
the median time of a picture; statistics are those of `PictureStatistics` in Sources/Scenes.

Needs albumentations 2.0 and opencv-python-headless.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time
import warnings

import albumentations as A
import cv2
import numpy as np

EDGE = cv2.BORDER_REPLICATE

HEADING = """# Augmentations beside albumentations

{count} pictures of {width}x{height} with their labels, one thread each, one run on {processor}: segbench beside
albumentations {version}. Times are milliseconds a scene (medians; between two changes a scene's statistics are computed,
so pictures come from outside the processor's nearest cache, as in training). Luminance is the mean (ITU-R BT.601) and
contrast its deviation, 0 to 255; a pixel is changed where a value differs by more than 2. segbench's figures are on the
left of each pair. The load average of the machine's {cores} cores was {load:.1f}: where it is above 1, times are of a busy
machine. `Benchmarks/augmentation.py` makes this page.
"""

NOTES = """
Where the two differ:

- **Fog.** albumentations lays translucent white discs, densest about the middle, one after the other. Here fog is
  Koschmieder's law over the distances of a street: hardly a pixel stays as it was, most change about the horizon, and
  contrast falls further.
- **Rain.** albumentations 2 adds a blurred layer of streaks, the more the heavier the rain, and multiplies by 0.7
  whatever the strength: drizzle is its darkest rain and torrential rain its brightest. Here darkness, blur and the veil
  in the distance grow with the severity.
- **Snow.** `bleach` raises the lightness of what is darker than a threshold and leaves the rest; `texture` adds noise
  for flakes. Here snow lies on the ground and on top edges, flakes fall, and the distance turns white: more pixels
  change, each by less.
- **Noise.** The same deviations, so the same figures.
- **Spatter.** albumentations thresholds blurred noise over the whole lens; here single drops and splashes lie on it, and
  drops show the street upside down, which keeps luminance and contrast.
- Night has no counterpart there.

In training, batches are augmented ahead on another thread. Were none of that hidden, the dearest would cost half a
percent of a step of UNet-mini, the cheapest network, which takes about 0.2 s a picture of this size on two cores.
"""


def processor():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return "an unknown processor"


def pairs(width, height):
    """segbench's name, albumentations' counterpart with its settings in words, and the transform."""
    return [
        ("mirror", "HorizontalFlip", A.HorizontalFlip(p=1)),
        ("translate", "Affine, 10 %", A.Affine(translate_percent=(-0.1, 0.1), border_mode=EDGE, p=1)),
        (
            "scale-crop",
            "RandomResizedCrop, area 0.44 to 1",
            A.RandomResizedCrop((height, width), scale=(0.444, 1), ratio=(width / height, width / height), p=1),
        ),
        ("rotate", "Rotate, 5 degrees", A.Rotate(limit=(-5, 5), border_mode=EDGE, p=1)),
        (
            "brightness-contrast",
            "RandomBrightnessContrast, 0.16, 0.3",
            A.RandomBrightnessContrast(brightness_limit=0.16, contrast_limit=0.3, p=1),
        ),
        ("noise", "GaussNoise, 3 to 12 of 255", A.GaussNoise(std_range=(3 / 255, 12 / 255), p=1)),
        ("motion-blur", "MotionBlur, 3 to 11", A.MotionBlur(blur_limit=(3, 11), p=1)),
        ("fog", "RandomFog", A.RandomFog(p=1)),
        ("rain-1", "RandomRain, drizzle", A.RandomRain(rain_type="drizzle", p=1)),
        ("rain-3", "RandomRain, heavy", A.RandomRain(rain_type="heavy", p=1)),
        ("rain-5", "RandomRain, torrential", A.RandomRain(rain_type="torrential", p=1)),
        ("snow", "RandomSnow, bleach", A.RandomSnow(method="bleach", p=1)),
        ("snow", "RandomSnow, texture", A.RandomSnow(method="texture", p=1)),
        ("spatter-drops", "Spatter, rain", A.Spatter(mode="rain", p=1)),
        ("spatter-mud", "Spatter, mud", A.Spatter(mode="mud", p=1)),
    ]


def figures(picture, before):
    luminance = picture.astype(np.float64) @ [0.299, 0.587, 0.114]
    changed = (np.abs(picture.astype(int) - before.astype(int)) > 2).any(axis=2)
    return luminance.mean(), luminance.std(), changed.mean()


def measure(transform, scenes, repeats):
    """The median seconds of a picture, and the mean figures."""
    transform(image=scenes[0][0], mask=scenes[0][1])
    times, rows = [], []
    for _ in range(repeats):
        for picture, labels in scenes:
            start = time.perf_counter()
            changed = transform(image=picture, mask=labels)["image"]
            times.append(time.perf_counter() - start)
            rows.append(figures(changed, picture))
    return statistics.median(times), np.mean(rows, axis=0)


def load(folder):
    scenes = []
    for file in sorted(folder.glob("*_picture.png")):
        picture = cv2.cvtColor(cv2.imread(str(file)), cv2.COLOR_BGR2RGB)
        labels = cv2.imread(str(file).replace("_picture", "_labels"), cv2.IMREAD_UNCHANGED)
        scenes.append((picture, labels))
    if not scenes:
        raise SystemExit(f"{folder}: the command dumped no pictures")
    return scenes


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=4)
    parser.add_argument("--swift", nargs=argparse.REMAINDER, required=True, help="the command; comes last")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as name:
        command = arguments.swift + ["--dump", name, "--json"]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        ours = {row["name"]: row for row in json.loads(output)}
        scenes = load(pathlib.Path(name))
    height, width = scenes[0][0].shape[:2]
    print(
        HEADING.format(
            count=len(scenes),
            width=width,
            height=height,
            processor=processor(),
            version=A.__version__,
            cores=os.cpu_count(),
            load=os.getloadavg()[0],
        )
    )
    print("| segbench | albumentations | ms | ms | ratio | luminance | | contrast | | changed | |")
    print("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    plain = np.mean([figures(picture, picture) for picture, _ in scenes], axis=0)
    print(f"| none | none | | | | {plain[0]:.1f} | | {plain[1]:.1f} | | 0 % | |")
    for name, other, transform in pairs(width, height):
        seconds, theirs = measure(transform, scenes, arguments.repeats)
        row = ours[name]
        mine = row["statistics"]
        print(
            f"| {name} | {other} | {row['seconds'] * 1e3:.3f} | {seconds * 1e3:.3f} | {seconds / row['seconds']:.1f} "
            f"| {mine['luminance']:.1f} | {theirs[0]:.1f} | {mine['contrast']:.1f} | {theirs[1]:.1f} "
            f"| {mine['changed']:.0%} | {theirs[2]:.0%} |"
        )
    for name in ours:
        if name.rstrip("12345").rstrip("-") == "night":
            mine = ours[name]["statistics"]
            print(
                f"| {name} | | {ours[name]['seconds'] * 1e3:.3f} | | | {mine['luminance']:.1f} | "
                f"| {mine['contrast']:.1f} | | {mine['changed']:.0%} | |"
            )
    print(NOTES, end="")


if __name__ == "__main__":
    main()
