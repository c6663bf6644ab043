"""Classical peers on pixel features: fit and predict time, peak memory, train and test mean IoU and accuracy.

Data: a folder with train/, trainannot/, val/, valannot/ (CamVid), or --npy DIR with X.npy, y.npy, Xt.npy, yt.npy
(float32 [n, d] and uint8 [n]), so that a peer sees the very features that the product used.
"""
import argparse, glob, json, os, resource, time
import numpy as np

CAMVID_TO_CATEGORY = np.array([5, 2, 3, 1, 1, 4, 3, 2, 7, 6, 6, 0], np.uint8)  # sky, building, pole, road, pavement, tree, sign, fence, car, pedestrian, bicyclist, unlabelled


def features(rgb):
    """25 features a pixel: RGB; for sigma 1, 2, 4, 8: blurred RGB, gradient magnitude, Laplacian of the grey image; y/H, x/W."""
    from scipy import ndimage
    a = rgb.astype(np.float32) / 255
    grey, planes = a.mean(2), [a[..., c] for c in range(3)]
    for sigma in (1, 2, 4, 8):
        planes += [ndimage.gaussian_filter(a[..., c], sigma) for c in range(3)]
        planes += [ndimage.gaussian_gradient_magnitude(grey, sigma), ndimage.gaussian_laplace(grey, sigma)]
    h, w = grey.shape
    y, x = np.mgrid[0:h, 0:w]
    return np.stack(planes + [y / h, x / w], -1).reshape(h * w, -1).astype(np.float32)


def load(root, split, count, size):
    from PIL import Image
    files = sorted(glob.glob(os.path.join(root, split, "*.png")))
    files = files[:: max(1, len(files) // count)][:count]
    X, y = [], []
    for f in files:
        X.append(features(np.asarray(Image.open(f).convert("RGB").resize(size, Image.BILINEAR))))
        y.append(CAMVID_TO_CATEGORY[np.asarray(Image.open(f.replace(f"{os.sep}{split}{os.sep}", f"{os.sep}{split}annot{os.sep}")).resize(size, Image.NEAREST)).reshape(-1)])
    X, y = np.concatenate(X), np.concatenate(y)
    return X[y > 0], y[y > 0]


def scores(y, p):
    m = np.zeros((8, 8)); np.add.at(m, (y, p), 1)
    tp, union = np.diag(m), m.sum(0) + m.sum(1) - np.diag(m)
    return {"mean_iou": round(float(np.mean(tp[union > 0] / union[union > 0])), 4), "accuracy": round(float(tp.sum() / m.sum()), 4)}


def classifier(name, trees):
    if name == "sklearn-rf":
        from sklearn.ensemble import RandomForestClassifier
        return RandomForestClassifier(trees, n_jobs=-1, random_state=0)
    if name == "onedal-rf":
        from sklearnex.ensemble import RandomForestClassifier
        return RandomForestClassifier(trees, n_jobs=-1, random_state=0)
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import LinearSVC
    return make_pipeline(StandardScaler(), LinearSVC(dual=False, tol=1e-4))


if __name__ == "__main__":
    a = argparse.ArgumentParser()
    a.add_argument("--data"); a.add_argument("--npy"); a.add_argument("--images", type=int, default=20); a.add_argument("--test-images", type=int, default=10)
    a.add_argument("--size", default="256x128"); a.add_argument("--trees", type=int, default=20); a.add_argument("--which", default="sklearn-rf,onedal-rf,sklearn-svc")
    a = a.parse_args()
    if a.npy:
        X, y, Xt, yt = (np.load(os.path.join(a.npy, f"{n}.npy")) for n in ("X", "y", "Xt", "yt"))
    else:
        size = tuple(map(int, a.size.split("x")))
        X, y = load(a.data, "train", a.images, size); Xt, yt = load(a.data, "val", a.test_images, size)
    for name in a.which.split(","):
        c = classifier(name, a.trees)
        t = time.perf_counter(); c.fit(X, y); fit = time.perf_counter() - t
        t = time.perf_counter(); p = c.predict(Xt); predict = time.perf_counter() - t
        print(json.dumps({"peer": name, "pixels": len(X), "features": X.shape[1], "fit_s": round(fit, 2), "predict_s": round(predict, 3), "cores": os.cpu_count(),
                          "train": scores(y[::7], c.predict(X[::7])), "test": scores(yt, p), "peak_rss_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2)}), flush=True)
