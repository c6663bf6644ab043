"""Makes a folder of test pictures as a simulator shows them that isn't segbench's: the corruptions of Hendrycks and
Dietterich ("Benchmarking Neural Network Robustness to Common Corruptions and Perturbations", ICLR 2019), as the PyPI
package imagecorruptions 1.1.2 has them (Michaelis et al. 2019).

    python corruptions.py CamVid/test frost-3 --corruption frost --severity 3

Each picture keeps its name and its size, and its random numbers come from its name, so that the same folder can be made
again. Models are tested under it with

    conditions: [{name: frost-3, pictures: frost-3}]
"""

import argparse
import pathlib
import sys
import zlib

import numpy as np
from imagecorruptions import corrupt, get_corruption_names
from PIL import Image

ENDINGS = {".png", ".jpg", ".jpeg"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=pathlib.Path, help="the folder of test pictures")
    parser.add_argument("out", type=pathlib.Path, help="the folder to make")
    parser.add_argument("--corruption", default="frost", choices=get_corruption_names("all"))
    parser.add_argument("--severity", type=int, default=3, choices=range(1, 6))
    arguments = parser.parse_args()

    files = sorted(file for file in arguments.pictures.rglob("*") if file.suffix.lower() in ENDINGS)
    if not files:
        sys.exit(f"{arguments.pictures} holds no PNG or JPEG pictures")
    for file in files:
        below = file.relative_to(arguments.pictures)
        np.random.seed(zlib.crc32(f"{arguments.corruption} {arguments.severity} {below.as_posix()}".encode()))
        with Image.open(file) as picture:
            clean = np.asarray(picture.convert("RGB"))
        made = corrupt(clean, severity=arguments.severity, corruption_name=arguments.corruption)
        target = (arguments.out / below).with_suffix(".png")
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(made).save(target)
    print(f"{len(files)} pictures in {arguments.out}")


if __name__ == "__main__":
    main()
