"""Golden values of operations, losses and optimizers from PyTorch: python operations.py"""
import sys
import numpy as np, torch, torch.nn.functional as F
from networks import uniform, write

arrays = {}
x = uniform(2 * 5 * 7 * 3, "x").reshape(2, 5, 7, 3)
arrays["x"] = x
t = torch.from_numpy(x).permute(0, 3, 1, 2)
for size in ((9, 7), (3, 20), (1, 1), (40, 56)):
    arrays[f"resize/{size[0]}x{size[1]}"] = F.interpolate(t, size=size, mode="bilinear", align_corners=False).permute(0, 2, 3, 1).numpy()
for bins in (1, 2, 3, 6):
    arrays[f"pool/{bins}"] = F.adaptive_avg_pool2d(t, bins).permute(0, 2, 3, 1).numpy()

# A convolution dilated by two: forward, and the gradients of its sum with random weights.
x = torch.from_numpy(uniform(2 * 4 * 6 * 8, "dilated/x").reshape(2, 4, 6, 8)).permute(0, 3, 1, 2).requires_grad_()
kernel = torch.from_numpy(uniform(3 * 3 * 8 * 16, "dilated/kernel").reshape(3, 3, 8, 16)).permute(3, 2, 0, 1).requires_grad_()
bias = torch.from_numpy(uniform(16, "dilated/bias")).requires_grad_()
y = F.conv2d(x, kernel, bias, padding=2, dilation=2)
weights = torch.from_numpy(uniform(2 * 4 * 6 * 16, "dilated/weights").reshape(2, 4, 6, 16)).permute(0, 3, 1, 2)
(y * weights).sum().backward()
for name, value in {"x": x, "y": y, "weights": weights, "gradient/x": x.grad}.items():
    arrays[f"dilated/{name}"] = value.detach().permute(0, 2, 3, 1).numpy()
for name, value in {"kernel": kernel, "gradient/kernel": kernel.grad}.items():
    arrays[f"dilated/{name}"] = value.detach().permute(2, 3, 1, 0).numpy()
for name, value in {"bias": bias, "gradient/bias": bias.grad}.items():
    arrays[f"dilated/{name}"] = value.detach().numpy()

# Losses: 60 pixels of 8 classes, one in ten ignored, class 6 absent; gentle logits and extreme ones.
y = ((uniform(60, "classes") + 1) * 4).astype(np.int64)
y[y == 6] = 1
ignored = uniform(60, "ignored") > 0.8
arrays["classes"] = np.where(ignored, 255, y)
weights = np.abs(uniform(8, "weights")) + 0.1
arrays["weights"] = weights


def one_hot(p, y):
    return F.one_hot(y, 8).to(p.dtype)


def clipped_divergence(x, y, e):
    p = F.softmax(x, 1).clamp(1e-7, 1)
    q = (one_hot(p, y) * (1 - e) + e / 8).clamp(1e-7, 1)
    return (q * (q / p).log()).sum(1).mean()


def over_present(x, y, term):
    p, q = F.softmax(x, 1), one_hot(x, y)
    hit, predicted, actual = (p * q).sum(0), p.sum(0), q.sum(0)
    return term(hit, predicted, actual)[actual > 0].mean()


def dice(x, y):
    return over_present(x, y, lambda h, p, a: 1 - (2 * h + 1e-5) / (p + a + 1e-5))


def tversky(x, y):
    return over_present(x, y, lambda h, p, a: (1 - (h + 1e-5) / (h + 0.7 * (a - h) + 0.3 * (p - h) + 1e-5)).clamp_min(1e-7) ** 0.75)


LOSSES = {
    "ce": lambda x, y: F.cross_entropy(x, y),
    "ce smoothed": lambda x, y: F.cross_entropy(x, y, label_smoothing=0.1),
    "ce weighted": lambda x, y: F.cross_entropy(x, y, weight=torch.from_numpy(weights).to(x.dtype)),
    "kl": lambda x, y: clipped_divergence(x, y, 0.0),
    "kl smoothed": lambda x, y: clipped_divergence(x, y, 0.1),
    "dice": dice,
    "ce+dice": lambda x, y: F.cross_entropy(x, y) + dice(x, y),
    "focal-tversky": tversky,
}
for scale in (1, 4, 30):
    x = uniform(60 * 8, "logits").reshape(60, 8) * np.float32(scale)
    arrays[f"logits/{scale}"] = x
    for name, loss in LOSSES.items():
        t = torch.from_numpy(x.astype(np.float64)).requires_grad_()
        value = loss(t[~ignored], torch.from_numpy(y[~ignored]))
        value.backward()
        arrays[f"{name}/{scale}/value"] = np.array([value.item()])
        arrays[f"{name}/{scale}/gradient"] = t.grad.numpy()

write("operations.safetensors", arrays)
