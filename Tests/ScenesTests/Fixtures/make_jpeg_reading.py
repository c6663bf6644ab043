"""Makes jpeg_reading/: small JPEG files of every kind, and beside those that are read what Pillow reads, upright, as PNG.

    pip install pillow && apt-get install libjpeg-turbo-progs && python3 make_jpeg_reading.py
"""

import pathlib
import random
import subprocess

from PIL import Image, ImageOps

folder = pathlib.Path(__file__).parent / "jpeg_reading"
folder.mkdir(exist_ok=True)

# Sides that are no multiples of 8 or 16; slopes, an edge and noise.
random.seed(5)
small = Image.new("RGB", (5, 4))
small.putdata([tuple(random.randrange(256) for _ in range(3)) for _ in range(20)])
picture = small.resize((27, 19), Image.BICUBIC)
picture.paste((255, 0, 0), (4, 3, 11, 15))
for y in range(picture.height):
    for x in range(picture.width):
        picture.putpixel((x, y), tuple(max(0, min(255, round(v + random.gauss(0, 4)))) for v in picture.getpixel((x, y))))


def write(name, image=picture, **options):
    image.save(folder / f"{name}.jpg", "JPEG", quality=options.pop("quality", 80), optimize=True, **options)


def expect(name):
    ImageOps.exif_transpose(Image.open(folder / f"{name}.jpg")).convert("RGB").save(folder / f"{name}.png")


for sampling in ["4:4:4", "4:2:2", "4:2:0"]:
    write(f"baseline_{sampling.replace(':', '')}", subsampling=sampling)
    write(f"progressive_{sampling.replace(':', '')}", subsampling=sampling, progressive=True)
write("quality_10", quality=10)
write("rgb", keep_rgb=True)
write("grey", picture.convert("L"))
write("grey_progressive", picture.convert("L"), progressive=True)
write("restarts", restart_marker_blocks=1)
subprocess.run(["jpegtran", "-arithmetic", "-outfile", folder / "arithmetic.jpg", folder / "baseline_420.jpg"], check=True)
subprocess.run(
    ["jpegtran", "-arithmetic", "-progressive", "-outfile", folder / "arithmetic_progressive.jpg", folder / "baseline_420.jpg"],
    check=True)
for orientation in range(1, 9):
    # TIFF in either byte order, the tag after another one: the maker of the camera.
    order, header = ("big", b"MM\0*") if orientation % 2 else ("little", b"II*\0")
    number = lambda value, count: value.to_bytes(count, order)
    entries = number(0x010F, 2) + number(2, 2) + number(2, 4) + b"a\0\0\0"
    entries += number(0x0112, 2) + number(3, 2) + number(1, 4) + number(orientation, 2) + b"\0\0"
    exif = b"Exif\0\0" + header + number(8, 4) + number(2, 2) + entries + number(0, 4)
    write(f"orientation_{orientation}", quality=60, exif=exif)
for file in folder.glob("*.jpg"):
    if file.stem not in ("cmyk", "ycck"):
        expect(file.stem)

write("cmyk", picture.convert("CMYK"))
# The same with the transform of Adobe's segment set, which makes it YCCK.
stored = bytearray((folder / "cmyk.jpg").read_bytes())
stored[stored.index(b"Adobe") + 11] = 2
(folder / "ycck.jpg").write_bytes(stored)
