"""Makes the small JPEG pictures of the folders that people have: drawn, no real scene. Needs NumPy and Pillow."""

from pathlib import Path

import numpy as np
from PIL import Image

folder = Path(__file__).parent / "folders"
folder.mkdir(exist_ok=True)
for seed in range(1, 9):
    random = np.random.default_rng(seed)
    pixels = random.integers(0, 80, (8, 16, 3)) + np.repeat(np.arange(4), 4)[None, :, None] * 50
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / f"street{seed}.jpg", quality=90)
