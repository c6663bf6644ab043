"""Golden values of the networks from PyTorch: python networks.py NAME...

Weights are not stored but drawn from the product's own random streams (SplitMix64), by (seed 7, parameter name), so
that both sides start from the same ones. Of every gradient its norm and its products with four random vectors are
kept: the products of a difference have the difference's norm as their deviation.

Of networks on EfficientNet or MobileNetV2 the same once more as `frozen/`, with an encoder that doesn't learn but for its last block, and
normalises by statistics that don't move.

NAME-bf16.safetensors says how far the same under torch.autocast to bf16 is from it: the norms of the differences of
logits and of every gradient, by those of the values, and the losses of Adam.

smp-unet is the one of segmentation_models.pytorch itself, which it needs (0.5.0).
"""
import json, os, struct, sys
import numpy as np, torch, torch.nn.functional as F
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "Benchmarks"))
from torch_models import MODELS

M = np.uint64(0xFFFFFFFFFFFFFFFF)
GAMMA = 0x9E3779B97F4A7C15


def mix(z):
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def text_key(text):
    key = 0xCBF29CE484222325
    for byte in text.encode():
        key = (key ^ byte) * 0x00000100000001B3 & int(M)
    return key


def uniform(count, name):
    """In [-1, 1), float32: RandomStream(seed: 7, key(name))."""
    with np.errstate(over="ignore"):
        state = mix(np.array([7 + GAMMA], np.uint64))
        state = mix(state ^ mix(np.array([(text_key(name) + 0x632BE59BD9B4E019) & int(M)], np.uint64)))
        bits = mix(state + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(GAMMA))
    return np.float32(-1) + np.float32(2) * ((bits >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-24))


def product_name(network, name):
    """The product's name of a parameter."""
    parts = name.split(".")
    last = {"weight": "kernel", "bias": "bias"}
    if network == "smp-unet":
        return smp_name(parts)
    levels = 5 if network.startswith(BOTTLENECKS) else len(WIDTHS)
    if parts[0] in ("stem", "blocks"):
        return bottleneck_name(network, parts)
    if network == "unet-mini":
        if parts[0] == "head":
            return f"head.{last[parts[1]]}"
        return f"{parts[0]}.{ {'0': 1, '3': 2}[parts[1]] }.{last[parts[2]]}"
    if parts[0] == "head":
        return f"head.{last[parts[1]]}"
    if parts[0] == "rise":
        return f"rise{levels - int(parts[1])}.{last[parts[2]]}"
    if parts[0] == "encoder":
        return f"encoder.block{int(parts[1]) + 1}.conv{int(parts[2]) // 2 + 1}.{last[parts[3]]}"
    normal = {"weight": "scale", "bias": "shift"}
    if network.startswith("vgg-pspnet"):
        if parts[0] == "levels":
            bins = (1, 2, 3, 6)[int(parts[1])]
            return f"pool{bins}.{(last if parts[2] == '0' else normal)[parts[3]]}"
        return f"merge.{(last if parts[1] == '0' else normal)[parts[2]]}"
    level = int(parts[1]) + 1 if parts[0] == "down" else levels - int(parts[1])
    return f"{parts[0]}{level}.{int(parts[2]) + 1}.{(last if parts[3] == '0' else normal)[parts[4]]}"


def bottleneck_name(network, parts):
    normal = {"weight": "scale", "bias": "shift", "running_mean": "mean", "running_var": "variance"}
    if parts[0] == "stem":
        return "encoder.stem." + ("kernel" if parts[1] == "0" else normal[parts[2]])
    stage, repeat, layer, kind = int(parts[1]), int(parts[2]), parts[3], parts[-1]
    repeats = (1, 2, 3, 4, 3, 3, 1) if network == "mobilenet-unet" else (1, 2, 2, 3, 3, 4, 1)
    block = f"encoder.block{sum(repeats[:stage]) + repeat + 1}"
    if layer == "se":
        return f"{block}.squeeze.{parts[4].removeprefix('conv_')}.{ {'weight': 'kernel', 'bias': 'bias'}[kind] }"
    layers = ["depthwise", "project"] if stage == 0 else ["expand", "depthwise", "project"]
    if layer.startswith("bn"):
        return f"{block}.{layers[int(layer[2:]) - 1]}.{normal[kind]}"
    return f"{block}.{ {'conv_dw': 'depthwise', 'conv_pwl': 'project', 'conv_pw': layers[0] if stage else 'project'}[layer] }.kernel"


def smp_name(parts):
    if parts[0] == "encoder":  # torchvision's places of VGG16's convolutions
        place = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28).index(int(parts[2]))
        block = next(b for b, first in reversed(list(enumerate((0, 2, 4, 7, 10)))) if place >= first)
        return f"encoder.block{block + 1}.conv{place - (0, 2, 4, 7, 10)[block] + 1}.{ {'weight': 'kernel', 'bias': 'bias'}[parts[3]] }"
    if parts[0] == "segmentation_head":
        return f"head.{ {'weight': 'kernel', 'bias': 'bias'}[parts[2]] }"
    layer = f"center.{int(parts[2]) + 1}" if parts[1] == "center" else f"up{5 - int(parts[2])}.{parts[3].removeprefix('conv')}"
    return f"{layer}.{ {'0weight': 'kernel', '1weight': 'scale', '1bias': 'shift'}[parts[-2] + parts[-1]] }"


OPEN = {"smp-unet": 3, "unet": 3, "vgg-unet": 3, "vgg-pspnet": 3, "vgg-pspnet-16": 3, "vgg-pspnet-8": 3,
        "efficientnet-unet": 3, "efficientnet-unet-lite0": 3, "mobilenet-unet": 3}
BOTTLENECKS = ("efficientnet", "mobilenet")
WIDTHS = (64, 128, 256, 512)


def start(network, name, shape):
    """The first values of a parameter, in the product's order of extents.

    Most rectifiers of the three large networks are kept open, by shifts and biases: the few values within rounding of
    their kink otherwise make PyTorch's own gradients in single and double precision differ by 1e-2.
    """
    kind = name.split(".")[-1]
    is_vgg = network.startswith(("vgg", "smp"))
    if kind == "kernel":
        rows, columns, fan_in, fan_out = shape
        fan_in = 1 if fan_out == 1 else fan_in  # each channel alone
        scale = np.float32((6 / (rows * columns * fan_in)) ** 0.5) * np.float32(0.25 if is_vgg else 1)
    else:
        scale = np.float32(0.5 if kind == "variance" else 0.1)
    values = uniform(int(np.prod(shape)), name).reshape(shape) * scale
    return values + np.float32({"scale": 1, "variance": 1, "shift": OPEN.get(network, 0), "bias": is_vgg}.get(kind, 0))


def stored_shape(parameter, transposed):
    """Kernels are [rows, columns, inputs, outputs]; PyTorch's [outputs, inputs, rows, columns], or for transposed
    convolutions [inputs, outputs, rows, columns]."""
    if parameter.ndim != 4:
        return tuple(parameter.shape), None
    depthwise = parameter.shape[1] == 1 and parameter.shape[2] > 1  # [channels, 1, rows, columns]
    order = (2, 3, 0, 1) if transposed or depthwise else (2, 3, 1, 0)
    return tuple(parameter.shape[i] for i in order), order


def write(path, arrays):
    header, body = {}, b""
    for name in sorted(arrays):
        data = np.ascontiguousarray(arrays[name], np.float32)
        header[name] = {"dtype": "F32", "shape": list(data.shape), "data_offsets": [len(body), len(body) + data.nbytes]}
        body += data.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    open(path, "wb").write(struct.pack("<Q", len(text)) + text + body)


def build(network):
    if network == "smp-unet":
        import segmentation_models_pytorch

        return segmentation_models_pytorch.Unet("vgg16", encoder_weights=None, classes=8)
    return MODELS[network](0.0) if network == "unet-mini" else MODELS[network]()


class Training:
    """A network with its first values, a batch, and a pass in single precision or under autocast."""

    def __init__(self, network, height, width, bf16=False):
        self.model = build(network)
        self.model.train()
        self.bf16, self.orders = bf16, {}
        with torch.no_grad():
            for name, parameter in self.model.named_parameters():
                mine = product_name(network, name)
                shape, order = stored_shape(parameter, name.startswith("rise"))
                values = start(network, mine, shape)
                self.orders[name] = (mine, order)
                parameter.copy_(torch.from_numpy(values if order is None else values.transpose(np.argsort(order))))
            for name, buffer in self.model.named_buffers():
                if name.startswith(("stem", "blocks")) and "running" in name:
                    mine = product_name(network, name)
                    buffer.copy_(torch.from_numpy(start(network, mine, tuple(buffer.shape))))
        x = uniform(2 * height * width * 3, "input").reshape(2, height, width, 3)
        self.x = torch.from_numpy(x).permute(0, 3, 1, 2).contiguous()
        y = ((uniform(2 * height * width, "target") + 1) * 4).astype(np.int64)
        self.y = torch.from_numpy(y.reshape(2, height, width))

    def run(self):
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bf16):
            logits = self.model(self.x)
        loss = F.cross_entropy(logits.float(), self.y)
        loss.backward()
        return logits.detach().float().permute(0, 2, 3, 1).numpy(), loss.item()

    def gradients(self):
        """By the product's names, in the product's order of extents."""
        for name, parameter in self.model.named_parameters():
            if not parameter.requires_grad:
                continue
            mine, order = self.orders[name]
            gradient = parameter.grad.numpy()
            yield mine, (gradient if order is None else gradient.transpose(order)).astype(np.float64).ravel()

    def adam(self):
        # At twice the rate vgg-unet's training turns unstable after thirteen steps: PyTorch's own losses in single and
        # double precision, or with channels last, part by up to 4e-4 within three more.
        optimizer = torch.optim.Adam(self.model.parameters(), 5e-5)
        losses = []
        for _ in range(20):
            optimizer.zero_grad()
            losses.append(self.run()[1])
            optimizer.step()
        return np.array(losses)


def golden(network, height, width):
    training = Training(network, height, width)
    logits, loss = training.run()
    step = height // 16  # a sample of the logits keeps the file small
    arrays = {"logits": logits[:, ::step, ::step], "loss": np.array([loss])}
    gradients = dict(training.gradients())
    for name, gradient in gradients.items():
        arrays[f"{name}/norm"] = np.array([np.linalg.norm(gradient)])
        arrays[f"{name}/products"] = np.array([gradient @ uniform(gradient.size, f"{name}/{i}").astype(np.float64) for i in range(4)])
    arrays["adam"] = training.adam()
    if network.startswith(BOTTLENECKS):
        training = Training(network, height, width)
        for part in [training.model.stem, *training.model.blocks[:-1]]:
            part.eval().requires_grad_(False)
        logits, loss = training.run()
        arrays["frozen/logits"] = logits[:, ::step, ::step]
        arrays["frozen/loss"] = np.array([loss])
        for name, gradient in training.gradients():
            arrays[f"frozen/{name}/norm"] = np.array([np.linalg.norm(gradient)])
            arrays[f"frozen/{name}/products"] = np.array([gradient @ uniform(gradient.size, f"{name}/{i}").astype(np.float64) for i in range(4)])
        logits = Training(network, height, width).run()[0]
    write(f"{network}.safetensors", arrays)

    training = Training(network, height, width, bf16=True)
    rounded, _ = training.run()
    norm = np.linalg.norm
    arrays = {"logits": np.array([norm(rounded - logits) / norm(logits)])}
    for name, gradient in training.gradients():
        arrays[name] = np.array([norm(gradient - gradients[name]) / norm(gradients[name])])
    arrays["adam"] = training.adam()
    write(f"{network}-bf16.safetensors", arrays)


SIZES = {"unet-mini": (16, 20), "unet": (32, 48), "vgg-unet": (32, 48), "vgg-pspnet": (64, 96), "vgg-pspnet-16": (64, 96),
         "vgg-pspnet-8": (64, 96), "efficientnet-unet": (64, 96),
         "efficientnet-unet-lite0": (64, 96), "mobilenet-unet": (64, 96), "smp-unet": (64, 96)}
if __name__ == "__main__":
    for name in sys.argv[1:]:
        golden(name, *SIZES[name])
