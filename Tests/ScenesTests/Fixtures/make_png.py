"""Makes png/: one small picture in every mode of PNG that the reader claims to know, and its values as JSON.

    python3 -m venv venv && venv/bin/pip install pypng numpy && venv/bin/python make_png.py
"""
import json, os
import numpy as np, png

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "png")
os.makedirs(here, exist_ok=True)
W, H = 7, 5
random = np.random.default_rng(3)
rgb = random.integers(0, 256, (H, W, 3))
alpha = random.integers(0, 256, (H, W, 1))
grey = random.integers(0, 256, (H, W))
values = {}

def write(name, rows, expected_rgb=None, indices=None, **options):
    with open(os.path.join(here, name + ".png"), "wb") as f:
        png.Writer(width=W, height=H, **options).write(f, np.asarray(rows).reshape(H, -1).tolist())
    values[name] = {"width": W, "height": H}
    if expected_rgb is not None: values[name]["rgb"] = np.asarray(expected_rgb).reshape(-1).tolist()
    if indices is not None: values[name]["indices"] = np.asarray(indices).reshape(-1).tolist()

tripled = lambda g: np.repeat(np.asarray(g)[..., None], 3, -1)
for interlace in (False, True):
    end = "_interlaced" if interlace else ""
    write("rgb" + end, rgb, rgb, greyscale=False, interlace=interlace)
    write("rgba" + end, np.concatenate([rgb, alpha], -1), rgb, greyscale=False, alpha=True, interlace=interlace)
    write("grey" + end, grey, tripled(grey), grey, greyscale=True, interlace=interlace)
write("grey_alpha", np.concatenate([grey[..., None], alpha], -1), tripled(grey), greyscale=True, alpha=True)
# Files that carry a gamma: neither pictures nor labels may change by it.
write("grey_gamma", grey, tripled(grey), grey, greyscale=True, gamma=0.3)
for depth in (1, 2, 4):
    small = grey >> (8 - depth)
    write(f"grey{depth}", small, tripled(small * 255 // ((1 << depth) - 1)), small, greyscale=True, bitdepth=depth)
wide = random.integers(0, 65536, (H, W, 3))
rounded = lambda v: (v * 255 + 32895) >> 16  # libpng's png_set_scale_16
write("rgb16", wide, rounded(wide), greyscale=False, bitdepth=16)
write("grey16", wide[..., 0], tripled(rounded(wide[..., 0])), wide[..., 0], greyscale=True, bitdepth=16)
palette = [tuple(int(v) for v in random.integers(0, 256, 3)) for _ in range(12)]
for name, bits in (("palette", 8), ("palette4", 4)):
    index = random.integers(0, 12, (H, W))
    write(name, index, np.asarray(palette)[index], index, palette=palette, bitdepth=bits)
json.dump(values, open(os.path.join(here, "values.json"), "w"))
