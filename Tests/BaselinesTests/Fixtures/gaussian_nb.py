"""Makes gaussian_nb.json from the samples of classes.json: scikit-learn's Gaussian naive Bayes.

    python3 gaussian_nb.py       (numpy, scikit-learn; classes.py first)
"""
import json
import os

import numpy as np
from sklearn.naive_bayes import GaussianNB

folder = os.path.dirname(os.path.abspath(__file__))


def fitted(sample, smoothing):
    x, xt = (np.array(sample[key], np.float32).reshape(-1, 3).astype(np.float64) for key in ("x", "xt"))
    model = GaussianNB(var_smoothing=smoothing).fit(x, sample["y"])
    return {"classes": sample["classes"], "smoothing": smoothing, "means": model.theta_.tolist(),
            "variances": model.var_.tolist(), "probabilities": np.round(model.predict_proba(xt[:25]), 9).tolist()}


if __name__ == "__main__":
    with open(os.path.join(folder, "classes.json")) as file:
        samples = json.load(file)
    values = [fitted(sample, smoothing) for sample in samples for smoothing in (1e-9, 0.1)]
    with open(os.path.join(folder, "gaussian_nb.json"), "w") as file:
        json.dump(values, file, separators=(",", ":"))
