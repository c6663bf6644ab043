"""Makes golden.json: features by scipy, a forest's accuracy and an SVC's weights by scikit-learn.

    python3 golden.py            (numpy, scipy, scikit-learn)
"""
import json
import os

import numpy as np
from scipy import ndimage
from sklearn.ensemble import RandomForestClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

random = np.random.default_rng(1)


def features(rgb):
    a = rgb.astype(np.float64) / 255
    grey, planes = a.mean(2), [a[..., c] for c in range(3)]
    for sigma in (1, 2, 4, 8):
        planes += [ndimage.gaussian_filter(a[..., c], sigma) for c in range(3)]
        planes += [ndimage.gaussian_gradient_magnitude(grey, sigma), ndimage.gaussian_laplace(grey, sigma)]
    h, w = grey.shape
    y, x = np.mgrid[0:h, 0:w]
    return np.stack(planes + [y / h, x / w], -1).reshape(h * w, -1)


def pictures():
    # Wider than a vector of 16, and narrower than the widest kernel's radius of 32: borders mirror more than once.
    for width, height in ((37, 21), (5, 3)):
        rgb = random.integers(0, 256, (height, width, 3))
        yield {"width": width, "height": height, "pixels": rgb.reshape(-1).tolist(),
               "features": [round(float(v), 6) for v in features(rgb).reshape(-1)]}


def blobs(count):
    """Three overlapping categories (1, 2, 3) in four features, one of them noise."""
    y = random.integers(0, 3, count)
    centres = np.array([[0, 0, 0], [1.5, 0.5, -1], [0.5, 1.5, 1]])
    x = np.concatenate([centres[y] + random.normal(0, 1, (count, 3)), random.normal(0, 1, (count, 1))], 1)
    return np.round(x, 3).astype(np.float32), (y + 1).astype(np.uint8)


def forest():
    (x, y), (xt, yt) = blobs(500), blobs(1000)
    scores = [RandomForestClassifier(100, random_state=seed).fit(x, y).score(xt, yt) for seed in range(20)]
    return {"x": x.reshape(-1).tolist(), "y": y.tolist(), "xt": xt.reshape(-1).tolist(), "yt": yt.tolist(),
            "accuracy": float(np.mean(scores)), "deviation": float(np.std(scores))}


def svc(data):
    x, y = np.array(data["x"], np.float32).reshape(-1, 4).astype(np.float64), np.array(data["y"])
    z = StandardScaler().fit_transform(x)
    model = LinearSVC(dual=False, tol=1e-10, max_iter=100000).fit(z, y)
    weights = np.concatenate([model.coef_, model.intercept_[:, None]], 1)
    signs = np.where(y[:, None] == model.classes_, 1, -1)
    slack = np.maximum(0, 1 - signs * (z @ model.coef_.T + model.intercept_))
    objective = 0.5 * (weights ** 2).sum(1) + (slack ** 2).sum(0)
    return {"weights": weights.tolist(), "objectives": objective.tolist()}


if __name__ == "__main__":
    golden = {"pictures": list(pictures()), "forest": forest()}
    golden["svc"] = svc(golden["forest"])
    for key in ("x", "xt"):
        golden["forest"][key] = [round(v, 3) for v in golden["forest"][key]]
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden.json"), "w") as file:
        json.dump(golden, file, separators=(",", ":"))
    print(golden["forest"]["accuracy"], golden["forest"]["deviation"], golden["svc"])
