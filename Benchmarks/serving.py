#!/usr/bin/env python3
"""Requests a second of `segbench serve` beside FastAPI with PyTorch, of the same networks, in one run.

    serving.py --program .build/release/segbench --work FOLDER --peer PYTHON [--seconds 10] [--rounds 3]
    serving.py --program .build/release/segbench --work FOLDER --soak 10000
    serving.py --program .build/release/segbench --work FOLDER --connections 1000

Needs wrk. PYTHON is one that has torch, fastapi, uvicorn and pillow. Pictures are PNGs of 512x256
pixels, answers PNG masks. Servers take turns, and the best round of each counts: on a busy machine the
others measure what else runs. --soak sends so many requests to unet-mini, and prints how much memory the server has after
each tenth; --connections opens so many at once, and prints what was answered.
"""

import argparse
import collections
import pathlib
import re
import socket
import subprocess
import threading
import time
import urllib.request

SCRIPT = """
local file = io.open("%s", "rb")
wrk.method, wrk.body = "POST", file:read("*a")
file:close()
wrk.headers["Content-Type"], wrk.headers["Accept"] = "image/png", "image/png"
"""


def prepare(arguments):
    """Runs of both networks that see 512x256, and a picture to send."""
    work = arguments.work
    for model in ("unet-mini", "vgg-unet"):
        if not (work / model / "scores.json").exists():
            subprocess.run(
                [arguments.program, "train", model, "--run", work / model, "--quiet"]
                + [word for setting in ("size=512x256", "train=2", "validation=1", "test=1", "epochs=1", "batch=1")
                   for word in ("--set", setting)], check=True)
    picture = next(iter(sorted(work.glob("pictures/leftImg8bit/val/*/*.png"))), None)
    if not picture:
        subprocess.run([arguments.program, "data", "synthesize", "--out", work / "pictures", "--count", "5", "--size", "512x256"],
                       check=True, stdout=subprocess.DEVNULL)
        picture = next(iter(sorted(work.glob("pictures/leftImg8bit/val/*/*.png"))))
    (work / "post.lua").write_text(SCRIPT % picture)
    return picture


def started(command, port):
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return process
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{command} doesn't listen")


def load(work, port, seconds, connections=4):
    """Requests a second, and the median and 99th percentile of their milliseconds."""
    text = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "--latency", "-s", work / "post.lua",
         f"http://127.0.0.1:{port}/v1/predict"], check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in text:
        raise SystemExit(text)
    scale = {"us": 0.001, "ms": 1, "s": 1000}
    percentile = lambda n: (lambda m: float(m[1]) * scale[m[2]])(re.search(rf"{n}%\s+([\d.]+)(us|ms|s)", text))
    return float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]), percentile(50), percentile(99)


def memory(process):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{process.pid}/status").read_text())[1]) / 1024


def serve(arguments, model, port, *more):
    return started([arguments.program, "serve", "--run", arguments.work / model, "--port", str(port), *more], port)


def compare(arguments):
    for model in ("unet-mini", "vgg-unet"):
        commands = {
            "segbench": [arguments.program, "serve", "--run", arguments.work / model, "--port", "8201"],
            "FastAPI + PyTorch": [arguments.peer, pathlib.Path(__file__).parent / "torch_server.py", model, "8202"],
        }
        best = {}
        for _ in range(arguments.rounds):
            for name, command in commands.items():
                # One server at a time: threads of the other that look out for work would take a core.
                port = int(command[-1])
                process = started(command, port)
                load(arguments.work, port, 2)
                rate, middle, high = load(arguments.work, port, arguments.seconds)
                peak = memory(process)
                process.terminate()
                process.wait()
                print(f"{model:10} {name:18} {rate:8.2f} requests/s, p50 {middle:7.1f} ms, p99 {high:7.1f} ms, {peak:6.0f} MiB", flush=True)
                if name not in best or rate > best[name][0]:
                    best[name] = (rate, middle, high)
        ours, theirs = best["segbench"], best["FastAPI + PyTorch"]
        print(f"{model:10} best rounds: {ours[0]:.2f} and {theirs[0]:.2f} requests/s, {ours[0] / theirs[0]:.2f} times as many; "
              f"p50 {ours[1]:.1f} and {theirs[1]:.1f} ms, p99 {ours[2]:.1f} and {theirs[2]:.1f} ms", flush=True)


def soak(arguments):
    process = serve(arguments, "unet-mini", 8203)
    sent = lambda: sum(int(float(line.split()[-1])) for line in urllib.request.urlopen("http://127.0.0.1:8203/metrics").read().decode().splitlines()
                       if line.startswith('segbench_predictions_total{'))
    load(arguments.work, 8203, 2)
    start = sent()
    for tenth in range(1, 11):
        while sent() - start < arguments.soak * tenth / 10:
            load(arguments.work, 8203, 5, connections=8)
        print(f"{sent() - start:6d} requests: {memory(process):7.1f} MiB", flush=True)
    process.terminate()
    raise SystemExit(process.wait())


def crowd(arguments, picture):
    process = serve(arguments, "unet-mini", 8204)
    body = picture.read_bytes()
    head = f"POST /v1/predict HTTP/1.1\r\nHost: a\r\nContent-Type: image/png\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    before, answers, lock = memory(process), collections.Counter(), threading.Lock()
    connections = [socket.create_connection(("127.0.0.1", 8204)) for _ in range(arguments.connections)]

    def talk(connection):
        try:
            connection.settimeout(60)
            connection.sendall(head + body)
            status = connection.recv(4096)[9:12].decode()
        except OSError as error:
            status = type(error).__name__
        with lock:
            answers[status] += 1

    threads = [threading.Thread(target=talk, args=(connection,)) for connection in connections]
    for thread in threads:
        thread.start()
    most = before
    while any(thread.is_alive() for thread in threads):
        most = max(most, memory(process))
        time.sleep(0.01)
    print(f"{arguments.connections} connections at once: {dict(answers)}; memory {before:.0f} MiB before, at most {most:.0f} MiB")
    process.terminate()
    raise SystemExit(process.wait())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("--work", required=True, type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("--peer")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--soak", type=int)
    parser.add_argument("--connections", type=int)
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    picture = prepare(arguments)
    if arguments.soak:
        soak(arguments)
    elif arguments.connections:
        crowd(arguments, picture)
    else:
        compare(arguments)


main()
