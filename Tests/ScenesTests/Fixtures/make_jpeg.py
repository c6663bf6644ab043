"""Writes jpeg/picture.png, and what JPEG compression by Pillow (libjpeg-turbo) leaves of it, jpeg/QUALITY.png.

    pip install pillow && python3 make_jpeg.py
"""

import io
import pathlib
import random

from PIL import Image

folder = pathlib.Path(__file__).parent / "jpeg"
folder.mkdir(exist_ok=True)

# Sides that are no multiples of 16; slopes, edges, noise and pure colours, as a street has them.
width, height = 75, 53
random.seed(4)
small = Image.new("RGB", (9, 6))
small.putdata([tuple(random.randrange(256) for _ in range(3)) for _ in range(54)])
picture = small.resize((width, height), Image.BICUBIC)
for left, top, right, bottom, colour in [(7, 5, 19, 30, (255, 0, 0)), (40, 20, 70, 24, (20, 90, 240)), (30, 35, 33, 53, (0, 0, 0))]:
    picture.paste(colour, (left, top, right, bottom))
for y in range(height):
    for x in range(width):
        noise = random.gauss(0, 6)
        picture.putpixel((x, y), tuple(max(0, min(255, round(v + noise + random.gauss(0, 2)))) for v in picture.getpixel((x, y))))
picture.save(folder / "picture.png")
for quality in [10, 35, 50, 75, 95, 100]:
    stored = io.BytesIO()
    picture.save(stored, "JPEG", quality=quality, subsampling="4:2:0")
    Image.open(stored).convert("RGB").save(folder / f"{quality}.png")
