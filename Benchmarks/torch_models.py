"""PyTorch reference of the networks: time, memory and reference values.

Prints one JSON object per mode. Modes: nchw, nhwc, compile, bf16, best (all of them, and the best fp32 on the last line).
"""
import argparse, json, resource, time
import numpy as np
import torch, torch.nn as nn, torch.nn.functional as F

CLASSES = 8
PARAMETERS = {"unet-mini": 471_784, "unet": 31_055_752, "vgg-unet": 25_862_792, "vgg-pspnet": 17_121_096,
              "vgg-pspnet-16": 17_121_096, "vgg-pspnet-8": 17_121_096, "efficientnet-unet": 6_036_084,
              "efficientnet-unet-lite0": 5_399_544, "efficientnet-unet-half": 805_112, "mobilenet-unet": 4_198_424}


class ConvBNReLU(nn.Sequential):
    def __init__(self, i, o, k=3, bias=True):
        super().__init__(nn.Conv2d(i, o, k, padding=k // 2, bias=bias), nn.BatchNorm2d(o, eps=1e-3, momentum=0.01), nn.ReLU())


class UNetMini(nn.Module):
    def __init__(self, dropout=0.2):
        super().__init__()
        pair = lambda i, o: nn.Sequential(nn.Conv2d(i, o, 3, padding=1), nn.ReLU(), nn.Dropout(dropout), nn.Conv2d(o, o, 3, padding=1), nn.ReLU())
        self.down1, self.down2, self.bottom = pair(3, 32), pair(32, 64), pair(64, 128)
        self.up2, self.up1, self.head = pair(192, 64), pair(96, 32), nn.Conv2d(32, CLASSES, 1)

    def forward(self, x):
        a = self.down1(x); b = self.down2(F.max_pool2d(a, 2)); c = self.bottom(F.max_pool2d(b, 2))
        b = self.up2(torch.cat([F.interpolate(c, scale_factor=2), b], 1))
        a = self.up1(torch.cat([F.interpolate(b, scale_factor=2), a], 1))
        return self.head(a)


class UNet(nn.Module):
    def __init__(self, widths=(64, 128, 256, 512, 1024)):
        super().__init__()
        self.down, previous = nn.ModuleList(), 3
        for w in widths:
            self.down.append(nn.Sequential(ConvBNReLU(previous, w), ConvBNReLU(w, w))); previous = w
        self.rise, self.up = nn.ModuleList(), nn.ModuleList()
        for w in widths[-2::-1]:
            self.rise.append(nn.ConvTranspose2d(previous, w, 2, 2)); self.up.append(nn.Sequential(ConvBNReLU(2 * w, w), ConvBNReLU(w, w))); previous = w
        self.head = nn.Conv2d(previous, CLASSES, 1)

    def forward(self, x):
        skips = []
        for i, block in enumerate(self.down):
            x = block(F.max_pool2d(x, 2) if i else x); skips.append(x)
        for rise, up, skip in zip(self.rise, self.up, skips[-2::-1]):
            x = up(torch.cat([rise(x), skip], 1))
        return self.head(x)


def vgg16_blocks():
    blocks, previous = nn.ModuleList(), 3
    for widths in ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512)):
        layers = []
        for w in widths:
            layers += [nn.Conv2d(previous, w, 3, padding=1), nn.ReLU()]; previous = w
        blocks.append(nn.Sequential(*layers))
    return blocks


class VGGUNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.rise, self.up, previous = vgg16_blocks(), nn.ModuleList(), nn.ModuleList(), 512
        for w in (512, 256, 128, 64):
            self.rise.append(nn.ConvTranspose2d(previous, w, 2, 2)); self.up.append(nn.Sequential(ConvBNReLU(2 * w, w), ConvBNReLU(w, w))); previous = w
        self.head = nn.Conv2d(previous, CLASSES, 1)

    def forward(self, x):
        skips = []
        for i, block in enumerate(self.encoder):
            x = block(F.max_pool2d(x, 2) if i else x); skips.append(x)
        for rise, up, skip in zip(self.rise, self.up, skips[-2::-1]):
            x = up(torch.cat([rise(x), skip], 1))
        return self.head(x)


class VGGPSPNet(nn.Module):
    def __init__(self, output_stride=32):
        super().__init__()
        self.output_stride = output_stride
        self.encoder = vgg16_blocks()
        if output_stride == 8:
            for layer in self.encoder[4]:
                if isinstance(layer, nn.Conv2d):
                    layer.dilation = layer.padding = (2, 2)
        self.levels = nn.ModuleList([ConvBNReLU(512, 512, 1, bias=False) for _ in range(4)])
        self.merge, self.head = ConvBNReLU(2560, 512, 1, bias=False), nn.Conv2d(512, CLASSES, 3, padding=1)

    def forward(self, x):
        size = x.shape[2:]
        for block in self.encoder[:3]:
            x = F.max_pool2d(block(x), 2)
        x = self.encoder[3](x)
        x = self.encoder[4](x if self.output_stride == 8 else F.max_pool2d(x, 2))
        if self.output_stride == 32:
            x = F.max_pool2d(x, 2)
        pyramid = [x]
        for bins, level in zip((1, 2, 3, 6), self.levels):
            pooled = level(F.adaptive_avg_pool2d(x, bins))
            pyramid.append(F.interpolate(pooled, size=x.shape[2:], mode="bilinear", align_corners=False))
        return F.interpolate(self.head(self.merge(torch.cat(pyramid, 1))), size=size, mode="bilinear", align_corners=False)


class BottleneckUNet(nn.Module):
    """timm's EfficientNet or MobileNetV2 up to its last stage, or up to `stages`, with vgg-unet's way up: the lite variants
    as TensorFlow trained them, with its padding, the others as PyTorch did."""

    def __init__(self, name="efficientnet_b0", stages=7):
        super().__init__()
        import timm  # for this network alone

        encoder = timm.create_model(name, pretrained=False)
        self.stem, self.blocks = nn.Sequential(encoder.conv_stem, encoder.bn1), encoder.blocks[:stages]
        for m in self.modules():
            if isinstance(m, nn.BatchNorm2d):
                m.momentum = 0.01
        self.rise, self.up = nn.ModuleList(), nn.ModuleList()
        *skips, previous = self.encoder(torch.zeros(1, 3, 64, 64))
        for w, skip in zip((16, 32, 64, 128, 256)[len(skips)::-1], [s.shape[1] for s in skips[::-1]] + [0]):
            self.rise.append(nn.ConvTranspose2d(previous.shape[1] if torch.is_tensor(previous) else previous, w, 2, 2))
            self.up.append(nn.Sequential(ConvBNReLU(w + skip, w), ConvBNReLU(w, w))); previous = w
        self.head = nn.Conv2d(previous, CLASSES, 1)

    def encoder(self, x):
        """The last result at each resolution."""
        x, levels = self.stem(x), []
        for stage in self.blocks:
            y = stage(x)
            if y.shape[2] != x.shape[2]:
                levels.append(x)
            x = y
        return levels + [x]

    def forward(self, x):
        *skips, x = self.encoder(x)
        for rise, up, skip in zip(self.rise, self.up, skips[::-1] + [None]):
            x = up(torch.cat([rise(x), skip], 1) if skip is not None else rise(x))
        return self.head(x)


MODELS = {"unet-mini": UNetMini, "unet": UNet, "vgg-unet": VGGUNet, "vgg-pspnet": VGGPSPNet,
          "vgg-pspnet-16": lambda: VGGPSPNet(16), "vgg-pspnet-8": lambda: VGGPSPNet(8),
          "efficientnet-unet": BottleneckUNet, "efficientnet-unet-lite0": lambda: BottleneckUNet("tf_efficientnet_lite0"),
          "efficientnet-unet-half": lambda: BottleneckUNet("tf_efficientnet_lite0", 4),
          "mobilenet-unet": lambda: BottleneckUNet("mobilenetv2_100")}


def parameter_count(model):
    """Keras convention: weights, plus gamma, beta, moving mean and moving variance of each batch normalisation."""
    return sum(p.numel() for p in model.parameters()) + sum(b.numel() for n, b in model.named_buffers() if "running" in n)


def fastest(f, repeats):
    f(); times = []
    for _ in range(repeats):
        start = time.perf_counter(); f(); times.append(time.perf_counter() - start)
    return min(times)


def measure(name, n, h, w, mode, repeats):
    torch.manual_seed(0)
    model, x, y = MODELS[name](), torch.randn(n, 3, h, w), torch.randint(0, CLASSES, (n, h, w))
    if mode != "nchw":
        model, x = model.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(model.parameters(), 1e-4)
    run = torch.compile(model) if mode == "compile" else model

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=mode == "bf16"):
            loss = F.cross_entropy(run(x), y)
        loss.backward(); optimizer.step()

    def infer():
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=mode == "bf16"):
            run(x)

    model.train(); train = fastest(step, repeats) / n
    model.eval(); inference = fastest(infer, repeats) / n
    return {"model": name, "mode": mode, "batch": n, "height": h, "width": w, "threads": torch.get_num_threads(), "torch": torch.__version__,
            "train_s_per_image": round(train, 4), "infer_s_per_image": round(inference, 4),
            "peak_rss_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2)}


def dump(name, n, h, w, path):
    """Reference values in eval-free training mode without dropout: NCHW float32."""
    torch.manual_seed(0)
    model = MODELS[name](0.0) if name == "unet-mini" else MODELS[name]()
    model.train()
    x, y = torch.randn(n, 3, h, w, requires_grad=True), torch.randint(0, CLASSES, (n, h, w))
    weights = {f"weight/{k}": v.detach().clone().numpy() for k, v in model.state_dict().items()}
    logits = model(x); loss = F.cross_entropy(logits, y); loss.backward()
    np.savez(path, input=x.detach().numpy(), target=y.numpy(), logits=logits.detach().numpy(), loss=loss.item(), **{"grad/input": x.grad.numpy()},
             **weights, **{f"grad/{k}": p.grad.numpy() for k, p in model.named_parameters()})


if __name__ == "__main__":
    a = argparse.ArgumentParser()
    a.add_argument("--model", choices=MODELS, required=True); a.add_argument("--height", type=int, default=256); a.add_argument("--width", type=int, default=512)
    a.add_argument("--batch", type=int, default=2); a.add_argument("--mode", default="best"); a.add_argument("--repeats", type=int, default=3); a.add_argument("--dump")
    a = a.parse_args()
    assert parameter_count(MODELS[a.model]()) == PARAMETERS[a.model], parameter_count(MODELS[a.model]())
    if a.dump:
        dump(a.model, a.batch, a.height, a.width, a.dump); raise SystemExit
    rows = []
    for mode in ("nchw", "nhwc", "compile", "bf16") if a.mode == "best" else a.mode.split(","):
        rows.append(measure(a.model, a.batch, a.height, a.width, mode, a.repeats)); print(json.dumps(rows[-1]), flush=True)
    fp32 = [r for r in rows if r["mode"] != "bf16"]
    if a.mode == "best":
        print(json.dumps({"model": a.model, "best_fp32_train_s_per_image": min(r["train_s_per_image"] for r in fp32), "best_fp32_infer_s_per_image": min(r["infer_s_per_image"] for r in fp32)}))
