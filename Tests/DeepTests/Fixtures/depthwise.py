"""Golden values of what EfficientNet is made of, from PyTorch: python depthwise.py"""
import numpy as np, torch, torch.nn.functional as F
from networks import uniform, write

arrays = {}


def tensor(name, *shape):
    """[batch, height, width, channels] of the product's stream, as PyTorch has it, in double precision."""
    return torch.from_numpy(uniform(int(np.prod(shape)), name).reshape(shape).astype(np.float64)).permute(0, 3, 1, 2).requires_grad_()


def kernel(name, *shape):
    """[rows, columns, inputs, outputs]."""
    return torch.from_numpy(uniform(int(np.prod(shape)), name).reshape(shape).astype(np.float64)).requires_grad_()


def last(t):
    return t.detach().permute(0, 2, 3, 1).numpy()


def padded(x, size, stride, padding):
    """As TensorFlow's 'same', or as PyTorch's size // 2."""
    if padding == "symmetric":
        return F.pad(x, [size // 2] * 4)
    total = [max(0, -(-side // stride) * stride - stride + size - side) for side in (x.shape[3], x.shape[2])]
    return F.pad(x, [total[0] // 2, total[0] - total[0] // 2, total[1] // 2, total[1] - total[1] // 2])


for size in (3, 5):
    for stride in (1, 2):
        for padding in ("symmetric", "least"):
            for height, width in ((6, 9), (7, 8)):
                key = f"depthwise/{size}/{stride}/{padding}/{height}x{width}"
                x, k = tensor(f"{key}/x", 1, height, width, 24), kernel(f"{key}/k", size, size, 24, 1)
                y = F.conv2d(padded(x, size, stride, padding), k.permute(2, 3, 0, 1), stride=stride, groups=24)
                y.backward(tensor(f"{key}/g", 1, *y.shape[2:], 24).detach())
                arrays |= {f"{key}/y": last(y), f"{key}/dx": last(x.grad), f"{key}/dk": k.grad.numpy()}

for stride in (1, 2):
    for padding in ("symmetric", "least"):
        key = f"convolution/{stride}/{padding}"
        x, k = tensor(f"{key}/x", 2, 6, 9, 3), kernel(f"{key}/k", 3, 3, 3, 16)
        y = F.conv2d(padded(x, 3, stride, padding), k.permute(3, 2, 0, 1), stride=stride)
        y.backward(tensor(f"{key}/g", 2, *y.shape[2:], 16).detach())
        arrays |= {f"{key}/y": last(y), f"{key}/dx": last(x.grad), f"{key}/dk": k.grad.numpy()}

z = np.linspace(-12, 12, 193)
arrays["functions/z"] = np.concatenate([z, [-90, -88, -87, 87, 88, 90, 1e4, -1e4]])
for name, function in {"relu": F.relu, "relu6": F.relu6, "swish": F.silu, "sigmoid": torch.sigmoid}.items():
    t = torch.from_numpy(arrays["functions/z"].astype(np.float32).astype(np.float64)).requires_grad_()
    y = function(t)
    y.sum().backward()
    arrays |= {f"functions/{name}": y.detach().numpy(), f"functions/{name}/slope": t.grad.numpy()}

# Squeeze and excitation of normalised values, with frozen statistics: swish, then weights from means.
x = tensor("squeeze/x", 2, 5, 6, 24)
scale, shift = (torch.from_numpy(uniform(24, f"squeeze/{n}").astype(np.float64)).requires_grad_() for n in ("scale", "shift"))
mean, variance = (torch.from_numpy(uniform(24, f"squeeze/{n}").astype(np.float64)) for n in ("mean", "variance"))
reduce, expand = kernel("squeeze/reduce", 1, 1, 24, 6), kernel("squeeze/expand", 1, 1, 6, 24)
b, c = (torch.from_numpy(uniform(n, f"squeeze/bias{n}").astype(np.float64)).requires_grad_() for n in (6, 24))
a = F.silu(F.batch_norm(x, mean, variance + 2, scale, shift, training=False, eps=1e-5))
s = F.silu(F.conv2d(a.mean((2, 3), keepdim=True), reduce.permute(3, 2, 0, 1), b))
y = a * torch.sigmoid(F.conv2d(s, expand.permute(3, 2, 0, 1), c))
y.backward(tensor("squeeze/g", 2, 5, 6, 24).detach())
arrays |= {"squeeze/y": last(y), "squeeze/dx": last(x.grad)}
for name, t in {"scale": scale, "shift": shift, "reduce": reduce, "expand": expand, "bias6": b, "bias24": c}.items():
    arrays[f"squeeze/d{name}"] = t.grad.numpy()

write("depthwise.safetensors", arrays)
