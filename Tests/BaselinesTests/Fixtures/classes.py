"""Makes classes.json: samples of 2 to 40 classes, a forest's accuracy and an SVC's objectives by scikit-learn.

    python3 classes.py           (numpy, scikit-learn)
"""
import json
import os

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC


def blobs(random, centres, count, absent):
    """Overlapping classes in three features; those of `absent` have no pixel."""
    present = np.array([label for label in range(len(centres)) if label not in absent])
    y = present[random.integers(0, len(present), count)]
    return np.round(centres[y] + random.normal(0, 1, (count, 3)), 3).astype(np.float32), y


def sample(classes):
    random = np.random.default_rng([classes, 3])
    centres = random.normal(0, 2.5, (classes, 3))
    # Sets of more than eight classes miss two, as pictures never hold all.
    absent = () if classes <= 8 else (0, classes // 2)
    (x, y), (xt, yt) = blobs(random, centres, 25 * classes + 100, absent), blobs(random, centres, 600, absent)
    scores = [RandomForestClassifier(50, random_state=seed).fit(x, y).score(xt, yt) for seed in range(20)]
    z, zt = (StandardScaler().fit(x.astype(np.float64)).transform(values.astype(np.float64)) for values in (x, xt))
    model = LinearSVC(dual=False, tol=1e-10, max_iter=100000).fit(z, y)
    # scikit-learn has one plane for two classes, the second against the first; the other's is its mirror image.
    weights = np.concatenate([model.coef_, model.intercept_[:, None]], 1)
    if classes == 2:
        weights = np.concatenate([-weights, weights])
    signs = np.where(y[:, None] == model.classes_, 1, -1)
    slack = np.maximum(0, 1 - signs * (z @ weights[:, :-1].T + weights[:, -1]))
    objective = 0.5 * (weights ** 2).sum(1) + (slack ** 2).sum(0)
    predicted = model.classes_[np.argmax(zt @ weights[:, :-1].T + weights[:, -1], 1)]
    return {"classes": classes, "x": [round(float(v), 3) for v in x.reshape(-1)], "y": y.tolist(),
            "xt": [round(float(v), 3) for v in xt.reshape(-1)], "yt": yt.tolist(),
            "forestAccuracy": float(np.mean(scores)), "forestDeviation": float(np.std(scores)),
            "weights": weights.tolist(), "objectives": objective.tolist(), "svcPrediction": predicted.tolist()}


if __name__ == "__main__":
    samples = [sample(classes) for classes in (2, 3, 8, 12, 19, 20, 40)]
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "classes.json"), "w") as file:
        json.dump(samples, file, separators=(",", ":"))
    for values in samples:
        print(values["classes"], values["forestAccuracy"], values["forestDeviation"], values["objectives"][:3])
