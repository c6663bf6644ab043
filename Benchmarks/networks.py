"""Training steps and inference of segbench's networks beside PyTorch's best modes, in one run, as a Markdown table.

    python3 -m venv venv && venv/bin/pip install -r Benchmarks/requirements.txt
    make build && venv/bin/python Benchmarks/networks.py

Each network is measured as PyTorch NCHW, channels-last, compiled (fp32) and bf16 autocast between two measurements of
segbench, of which the slower counts. Where the processor has AMX a second table compares bf16 with bf16, in turns.
Nothing else should run meanwhile.
"""
import argparse, json, os, subprocess, sys

here = os.path.dirname(os.path.abspath(__file__))
parser = argparse.ArgumentParser()
parser.add_argument("--segbench", default=os.path.join(here, "..", ".build", "release", "segbench"))
parser.add_argument("--models", default="unet-mini,unet,vgg-unet,vgg-pspnet,efficientnet-unet,efficientnet-unet-lite0,mobilenet-unet")
parser.add_argument("--height", type=int, default=256)
parser.add_argument("--width", type=int, default=512)
parser.add_argument("--batch", type=int, default=2)
parser.add_argument("--repeats", type=int, default=3)
arguments = parser.parse_args()
size = ["--height", arguments.height, "--width", arguments.width, "--batch", arguments.batch, "--repeats", arguments.repeats]


def output(*command):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True).stdout


def segbench(model, precision="fp32"):
    chosen = ("--model", model)
    if model.startswith("efficientnet-unet-"):
        chosen = ("--model", "efficientnet-unet", "--set", "network.variant=" + model.removeprefix("efficientnet-unet-"))
    command = (arguments.segbench, "benchmark", "train", *chosen, "--precision", precision, "--json", *size)
    return json.loads(output(*command))


def memory(model):
    """Peak memory of PyTorch's channels-last mode alone, as a process of its own."""
    line = output(sys.executable, os.path.join(here, "torch_models.py"), "--model", model, "--mode", "nhwc", *size)
    return json.loads(line.splitlines()[0])["peak_rss_gb"]


print("| network | train: segbench | PyTorch fp32 | ratio | bf16 | inference: segbench | PyTorch fp32 | ratio | bf16 | peak memory | PyTorch |")
print("| --- " + "| ---: " * 10 + "|")
for model in arguments.models.split(","):
    first = segbench(model)
    lines = output(sys.executable, os.path.join(here, "torch_models.py"), "--model", model, "--mode", "best", *size)
    rows = {row["mode"]: row for row in map(json.loads, lines.splitlines()) if "mode" in row}
    second = segbench(model)
    train = max(r["trainingSecondsPerPicture"] for r in (first, second))
    infer = max(r["inferenceSecondsPerPicture"] for r in (first, second))
    fp32 = [row for mode, row in rows.items() if mode != "bf16"]
    best_train = min(row["train_s_per_image"] for row in fp32)
    best_infer = min(row["infer_s_per_image"] for row in fp32)
    print(
        f"| {model} | {train:.3f} s | {best_train:.3f} s | {best_train / train:.2f}x | {rows['bf16']['train_s_per_image']:.3f} s "
        f"| {infer:.3f} s | {best_infer:.3f} s | {best_infer / infer:.2f}x | {rows['bf16']['infer_s_per_image']:.3f} s "
        f"| {first['peakBytes'] / 1e9:.2f} GB | {memory(model):.2f} GB |", flush=True)

if "amx_bf16" in open("/proc/cpuinfo").read():
    print("\n| network, bf16 | train: segbench | PyTorch | ratio | inference: segbench | PyTorch | ratio | peak memory | of fp32's | PyTorch |")
    print("| --- " + "| ---: " * 9 + "|")
    for model in arguments.models.split(","):
        ours, theirs = [], []
        for _ in range(3):
            ours.append(segbench(model, "bf16"))
            line = output(sys.executable, os.path.join(here, "torch_models.py"), "--model", model, "--mode", "bf16", *size)
            theirs.append(json.loads(line.splitlines()[0]))
        train, infer = (min(r[key] for r in ours) for key in ("trainingSecondsPerPicture", "inferenceSecondsPerPicture"))
        train_theirs, infer_theirs = (min(r[key] for r in theirs) for key in ("train_s_per_image", "infer_s_per_image"))
        print(
            f"| {model} | {train:.3f} s | {train_theirs:.3f} s | {train_theirs / train:.2f}x "
            f"| {infer:.4f} s | {infer_theirs:.4f} s | {infer_theirs / infer:.2f}x "
            f"| {ours[0]['peakBytes'] / 1e9:.2f} GB | {ours[0]['peakBytes'] / segbench(model)['peakBytes']:.2f} "
            f"| {theirs[0]['peak_rss_gb']:.2f} GB |", flush=True)
