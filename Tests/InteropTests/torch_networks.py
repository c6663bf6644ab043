#!/usr/bin/env python3
"""Networks to PyTorch and back: what `segbench export torch` writes computes what segbench does, and so does what
`segbench import` takes up, that of segmentation_models.pytorch too.

    torch_networks.py SEGBENCH FOLDER    SEGBENCH is the built program; what is made goes to FOLDER

`make interop-torch` installs PyTorch and runs this.
"""

import importlib.util
import json

import numpy
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from checking import check, end, fresh, segbench

# PyPI's torchvision is of PyTorch with CUDA; beside one without, the operators that it describes are missing.
register, torch.library.register_fake = torch.library.register_fake, lambda *_, **__: lambda function: function
import torchvision  # noqa: E402
import timm  # noqa: E402

torch.library.register_fake = register
import segmentation_models_pytorch as smp  # noqa: E402

# Those of a quarter of the width are trained until moving statistics are those of the network: before, values grow by
# hundreds, and so do the differences that rounding makes.
SMALL = ["network.width=0.25", "training.batch=2", "epochs=60"]
NETWORKS = [("unet-mini", ["epochs=20"]), ("unet", SMALL), ("vgg-unet", ["epochs=3"]), ("vgg-unet", SMALL), ("vgg-pspnet", SMALL),
            ("vgg-pspnet", ["network.outputStride=16", *SMALL]), ("vgg-pspnet", ["network.outputStride=8", *SMALL]),
            ("fcn8", SMALL), ("smp-unet", SMALL), ("efficientnet-unet", ["epochs=3"]),
            ("efficientnet-unet", ["network.variant=lite0", "network.stages=4", *SMALL]),
            ("mobilenet-unet", ["epochs=3"]),
            ("efficientnet-unet", ["network.variant=b2", "network.width=0.5", "epochs=3"])]
SIZE = (96, 64)  # no multiple of 32 by chance alone: the second picture isn't one
torch.set_num_threads(2)
work = fresh("torch")
segbench("data", "synthesize", "--out", work / "streets", "--count", "12", "--size", "x".join(map(str, SIZE)))
pictures = work / "pictures"
pictures.mkdir()
for number, size in enumerate((SIZE, (77, 51))):
    file = sorted((work / "streets").glob("leftImg8bit/*/*/*.png"))[number]
    Image.open(file).convert("RGB").crop((0, 0, *size)).save(pictures / f"street{number}.png")


def module(folder):
    """`load.py` of a folder."""
    spec = importlib.util.spec_from_file_location("load", folder / "load.py")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def predicted(run, folder):
    """The probabilities [height, width, classes] that segbench gives the pictures."""
    segbench("predict", "--run", run, pictures, "--out", folder, "--probabilities", "--precision", "fp32")
    return [numpy.load(folder / f"street{number}_probabilities.npy") for number in range(2)]


def tensor(number):
    return torch.from_numpy(numpy.array(Image.open(pictures / f"street{number}.png")))


def difference(logits, probabilities, masked):
    """The largest difference of logits: softmax leaves them but for a constant a pixel, which is taken out of both."""
    kept = [place for place in range(logits.shape[-1]) if place != masked]
    theirs = torch.log_softmax(logits[..., kept].double(), -1).numpy()
    ours = numpy.log(numpy.maximum(probabilities[..., kept].astype(numpy.float64), 1e-37))
    seen = probabilities[..., kept] > 1e-30
    return float(numpy.abs(theirs - ours)[seen].max()), float(numpy.abs(theirs).max())


worst = 0
for name, settings in NETWORKS:
    title = " ".join([name, *(setting for setting in settings if setting.startswith("network."))])
    own = [setting for setting in settings if setting.startswith("network.")]
    run, out = work / title.replace(" ", "_"), work / f"{title.replace(' ', '_')}-torch"
    segbench("train", name, "--run", run, "--data", work / "streets", "--quiet", "--set", "data.size=native",
             *(word for setting in settings for word in ("--set", setting)))
    segbench("export", "torch", run, "--out", out)
    made = module(out)
    network = made.load()
    lines = (out / "load.py").read_text().splitlines()
    for number, ours in enumerate(predicted(run, work / "masks")):
        picture = tensor(number)
        with torch.no_grad():
            logits = network(made.prepare(picture))[0, :, : picture.shape[0], : picture.shape[1]].permute(1, 2, 0)
        off, largest = difference(logits, ours, made.MASKED)
        worst = max(worst, off)
        check(off < 1e-4, f"{title}, {picture.shape[1]}x{picture.shape[0]}: logits differ by at most {off:.1e} "
                          f"of up to {largest:.1f}; load.py has {len(lines)} lines")
        same = (made.predict(network, picture).numpy() == ours.argmax(2)).mean()
        check(same > 0.9999, f"{title}: {100 * same:.2f} % of the pixels have the same class")
    # And back.
    again = work / f"{title.replace(' ', '_')}-again"
    segbench("import", name, out / "model.safetensors", "--run", again,
             *(word for setting in own for word in ("--set", setting)))
    arrays = [{name: array for name, array in load_file(folder / "best.safetensors").items()} for folder in (run, again)]
    check(arrays[0].keys() == arrays[1].keys() and all(torch.equal(arrays[0][name], arrays[1][name]) for name in arrays[0]),
          f"{title}: import takes up the very weights, {len(arrays[0])} arrays")
print(f"the worst difference of logits is {worst:.1e}")

# A network that sees pictures at another size than their own.
run, out = work / "resized", work / "resized-torch"
segbench("train", "unet-mini", "--run", run, "--data", work / "streets", "--quiet", "--set", "data.size=48x32", "--set", "epochs=20")
segbench("export", "torch", run, "--out", out)
made = module(out)
ours = predicted(run, work / "masks")
same = [float((made.predict(made.load(), tensor(number)).numpy() == ours[number].argmax(2)).mean()) for number in range(2)]
check(min(same) > 0.999, f"pictures of other sizes: {100 * same[0]:.2f} and {100 * same[1]:.2f} % of the pixels have the same class")

# Encoders go by the names of those who publish them.
weights = load_file(work / "vgg-unet-torch" / "model.safetensors")
theirs = torchvision.models.vgg16(weights=None).features.state_dict()
check(all(weights[f"features.{name}"].shape == value.shape for name, value in theirs.items()), "torchvision's vgg16 has its encoder's names")
for network, encoder in (("efficientnet-unet", "efficientnet_b0"), ("mobilenet-unet", "mobilenetv2_100")):
    weights = load_file(work / f"{network}-torch" / "model.safetensors")
    theirs = timm.create_model(encoder, pretrained=False).state_dict()
    names = [name for name in theirs if name.startswith(("conv_stem", "bn1", "blocks")) and "num_batches" not in name]
    check(all(weights[name].shape == theirs[name].shape for name in names), f"timm's {encoder} has its encoder's {len(names)} names")

# segmentation_models.pytorch, trained for a few steps so that its statistics are some.
torch.manual_seed(0)
teacher = smp.Unet("vgg16", encoder_weights=None, classes=8)
optimizer = torch.optim.Adam(teacher.parameters(), 1e-4)
mean, deviation = torch.tensor([0.485, 0.456, 0.406])[:, None, None], torch.tensor([0.229, 0.224, 0.225])[:, None, None]
for step in range(3):
    batch = (torch.stack([tensor(0), tensor(0).flip(1)]).permute(0, 3, 1, 2) / 255 - mean) / deviation
    optimizer.zero_grad()
    torch.nn.functional.cross_entropy(teacher(batch), torch.randint(0, 8, (2, SIZE[1], SIZE[0]))).backward()
    optimizer.step()
teacher.eval()
save_file(teacher.state_dict(), work / "smp.safetensors")
torch.save(teacher.state_dict(), work / "smp.pth")
run = work / "smp"
segbench("import", "smp-unet", work / "smp.safetensors", "--run", run, "--set", "training.learnsVoid=true", "--set", "data.size=native")
with torch.no_grad():
    logits = teacher((tensor(0).permute(2, 0, 1)[None] / 255 - mean) / deviation)[0].permute(1, 2, 0)
ours = predicted(run, work / "masks")[0]
off, largest = difference(logits, ours, None)
check(off < 1e-4, f"segmentation_models.pytorch's Unet('vgg16'): logits differ by at most {off:.1e} of up to {largest:.1f}")
scores = json.loads(segbench("evaluate", "--run", run, "--data", work / "streets", "--json", "--protocol", "with-void"))
shown = json.dumps(scores)[:120]
check("meanIoU" in json.dumps(scores), f"it is evaluated: {shown}...")
segbench("export", "torch", run, "--out", work / "smp-torch")
back = load_file(work / "smp-torch" / "model.safetensors")
student = smp.Unet("vgg16", encoder_weights=None, classes=8)
left = student.load_state_dict(back, strict=False)
check(not left.unexpected_keys and all("num_batches" in name for name in left.missing_keys), "and goes back into its own module")

for network, file, word in (("vgg-unet", "smp.safetensors", "rise.0.weight"), ("smp-unet", "vgg-unet-torch/model.safetensors", "it has those of vgg-unet"),
                            ("smp-unet", "smp.pth", "pickled"), ("random-forest", "smp.safetensors", "random-forest")):
    complaint = segbench("import", network, work / file, "--run", work / "refused", fails=True)
    check(word in complaint and not (work / "refused").exists(), complaint.strip().replace(str(work) + "/", ""))
complaint = segbench("import", "smp-unet", work / "smp.safetensors", "--run", work / "refused", "--classes", "cityscapes-19", fails=True)
check("segmentation_head.0.weight" in complaint, complaint.strip().replace(str(work) + "/", ""))
complaint = segbench("import", "smp-unet", work / "smp.safetensors", "--run", run, fails=True)
check("holds a run already" in complaint, complaint.strip().replace(str(work) + "/", ""))
end()
