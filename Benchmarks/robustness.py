#!/usr/bin/env python3
"""What becomes of runs that are killed, stopped, shared, or out of disk space. Needs nothing but Python 3 and segbench.

    Benchmarks/robustness.py kill --count 100     SIGKILL at random moments; the same command then goes on
    Benchmarks/robustness.py interrupt            SIGINT and SIGTERM, once and twice
    Benchmarks/robustness.py share --count 10     two processes on one experiment; every second time one is killed
    Benchmarks/robustness.py disk --count 20      full disks: tmpfs of random sizes, enlarged afterwards (needs root)
    Benchmarks/robustness.py memory               peak memory of 50 epochs, epoch by epoch

Each but the last compares all that is stored (weights, optimizer state, epochs, scores, matrices of pictures,
predictions, tables) with a run that was never disturbed; times, peaks of memory and the environment are left out. Ends
with 0 where all agree.
"""

import argparse, csv, io, json, os, random, re, shutil, signal, struct, subprocess, sys, tempfile, time
from collections import Counter
from pathlib import Path

EXPERIMENT = """
name: small
model: [linear-svc, unet-mini]
augmentation: rain
data: {size: 64x32, train: 16, validation: 4, test: 4}
training: {epochs: 5, batch: 2, learningRate: 0.003, patience: 10}
network: {width: 0.5}
"""


class Folder:
    """A place for runs and reports of the experiment."""

    def __init__(self, path, options, further=()):
        self.path, self.runs = Path(path), Path(path) / "runs" / "small"
        self.path.mkdir(parents=True, exist_ok=True)
        (self.path / "small.yaml").write_text(EXPERIMENT)
        # A state is stored after every step, so that kills hit the writing of states often.
        self.command = [options.program, "compare", "small.yaml", "--checkpoint-minutes", "0", *further]

    def start(self):
        # Without a path gnuplot isn't found: figures would take most of the time.
        return subprocess.Popen(
            self.command, cwd=self.path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
            env={**os.environ, "PATH": ""})

    def run(self, expected=0):
        process = self.start()
        output, errors = process.communicate()
        if expected is not None and process.returncode != expected:
            raise SystemExit(f"{self.path}: ended with {process.returncode}, not {expected}:\n{output}{errors}")
        return process.returncode, output, errors

    def cells(self):
        return sorted(path.parent for path in self.runs.glob("*/cell.json"))

    def contents(self):
        """All that is stored by relative path, without times; files left aside count."""
        found = {}
        for path in sorted(self.path.rglob("*")):
            name = str(path.relative_to(self.path))
            if path.is_dir() or path.name in (".lock", "environment.json"):
                continue
            if path.suffix == ".safetensors":
                found[name] = read_safetensors(path)
            elif path.name == "epochs.csv" or "/tables/" in name:
                found[name] = without_seconds(path.read_text())
            elif path.suffix == ".json":
                found[name] = strip(json.loads(path.read_text()))
            elif path.name != "report.md":
                found[name] = path.read_bytes()
        return found


def strip(value):
    """JSON without times and peaks of memory."""
    if isinstance(value, dict):
        return {
            key: strip(item) for key, item in value.items()
            if "econds" not in key and key not in ("environment", "peakBytes")
        }
    return [strip(item) for item in value] if isinstance(value, list) else value


def without_seconds(text):
    rows = list(csv.reader(io.StringIO(text)))
    kept = [index for index, title in enumerate(rows[0]) if "seconds" not in title and title != "peak_bytes"]
    return [[row[index] for index in kept] for row in rows]


def read_safetensors(path):
    """Arrays and metadata, without the checksum (the state holds times); checks that nothing is cut off."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    checksum = metadata.pop("segbench.xxh64", None)
    end = max(entry["data_offsets"][1] for entry in header.values())
    if checksum is None or len(data) != 8 + length + end:
        raise ValueError(f"{path} is not whole")
    if "state" in metadata:
        metadata["state"] = strip(json.loads(metadata["state"]))
    return metadata, header, data[8 + length :]


def state_of(cell):
    """How far the network of a cell had come: epochs, and batches of the next; reads every file."""
    states = []
    for name in ["last", "previous", "best"]:
        if (path := cell / f"{name}.safetensors").exists():
            metadata = read_safetensors(path)[0]
            if "state" in metadata:
                states.append((len(metadata["state"]["history"]), metadata["state"]["part"]["batches"]))
    return states


def differences(a, b):
    return [name for name in sorted(a.keys() | b.keys()) if a.get(name) != b.get(name)]


def moment(folder):
    """Where a run was when it ended."""
    cells = folder.cells()
    if not cells:
        return "before the first cell"
    if not (folder.runs / cells[-1].name / "epochs.csv").exists() and len(cells) == 1:
        return "in the classifier"
    network = next((cell for cell in cells if cell.name.startswith("unet")), None)
    if network is None:
        return "between the cells"
    if (network / "scores.json").exists():
        return "in the report"
    states = state_of(network)
    if not states:
        return "before the first state"
    if (network / "pictures.csv").exists() or states[0] == (5, 0):
        return "in the scoring"
    return "within an epoch" if states[0][1] else "between epochs"


def check(name, reference, folder, bad):
    wrong = differences(reference, folder.contents())
    if wrong:
        bad.append(f"{name}: {', '.join(wrong)}")
    return not wrong


def finish(what, count, bad):
    print("\n".join(bad))
    print(f"{what}: {count - len(bad)} of {count} gave what the undisturbed run gave")
    return 1 if bad else 0


def reference_run(work, options, further=()):
    folder = Folder(work / "reference", options, further)
    start = time.monotonic()
    folder.run()
    seconds = time.monotonic() - start
    print(f"undisturbed run: {seconds:.1f} s, {len(folder.contents())} files")
    return folder.contents(), seconds


def kill(work, options):
    reference, seconds = reference_run(work, options)
    draw, bad, moments, attempts, asides = random.Random(options.seed), [], Counter(), 0, 0
    while sum(moments.values()) < options.count:
        attempts += 1
        folder = Folder(work / f"kill{attempts}", options)
        process = folder.start()
        try:
            process.wait(draw.uniform(0.02, seconds))
            process.communicate()
            shutil.rmtree(folder.path)
            continue  # It was quicker than the kill.
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        moments[moment(folder)] += 1
        asides += sum(1 for _ in folder.path.rglob(".*.aside"))
        folder.run()
        if check(folder.path.name, reference, folder, bad):
            shutil.rmtree(folder.path)
    for name, count in moments.most_common():
        print(f"  {count:4d} killed {name}")
    print(f"  {asides} files were being written")
    return finish("kills", options.count, bad)


def interrupt(work, options):
    reference, seconds = reference_run(work, options)
    draw, bad, stops, attempts = random.Random(options.seed), [], [], 0
    while len(stops) < options.count:
        name, twice = [("SIGINT", 0), ("SIGTERM", 0), ("SIGINT", 1), ("SIGTERM", 1)][len(stops) % 4]
        attempts += 1
        folder = Folder(work / f"signal{attempts}", options)
        process = folder.start()
        # Before, Python's own start of it may still be under way.
        time.sleep(draw.uniform(0.15, 1) * seconds)
        began = time.monotonic()
        for _ in range(1 + twice):
            process.send_signal(getattr(signal, name))
            time.sleep(0.02)
        errors = process.communicate()[1]
        if process.returncode == 0:
            continue  # It had nothing left to stop.
        stops.append(time.monotonic() - began)
        if process.returncode != 130 or not ("the same command goes on" in errors or twice):
            bad.append(f"{name} {twice + 1} times: {process.returncode}, {errors}")
            continue
        folder.run()
        check(f"{name} {twice + 1} times", reference, folder, bad)
    print(f"  stopped after at most {max(stops):.2f} s, exit status 130")
    return finish("signals", len(stops), bad)


def share(work, options):
    further = ["--set", "seed=[0,1,2]", "--set", "model=unet-mini"]
    reference, seconds = reference_run(work, options, further)
    draw, bad = random.Random(options.seed), []
    for number in range(options.count):
        folder = Folder(work / f"share{number}", options, further)
        processes = [folder.start(), folder.start()]
        victim = processes.pop(draw.randrange(2)) if number % 2 else None
        if victim:
            time.sleep(draw.uniform(0.1, 0.7) * seconds)
            victim.kill()
            victim.communicate()
        ran = []
        for process in processes:
            output, errors = process.communicate()
            found = re.search(r"^(\d+) of (\d+) cells run now", output, re.M)
            if process.returncode or not found:
                bad.append(f"share{number}: {process.returncode}, {errors}")
                break
            ran.append(int(found[1]))
        else:
            print(f"  {'one killed, the other ran' if victim else 'both finished, ran'} {' + '.join(map(str, ran))} cells")
            if not victim and sum(ran) != 3:
                bad.append(f"share{number}: {ran} cells were run")
            else:
                check(f"share{number}", reference, folder, bad)
    return finish("shared folders", options.count, bad)


def disk(work, options):
    reference, _ = reference_run(work, options)
    used = int(subprocess.run(["du", "-sk", work / "reference"], capture_output=True, text=True).stdout.split()[0])
    draw, bad, refused, done = random.Random(options.seed), [], Counter(), 0
    while done < options.count:
        path = work / f"disk{done}"
        path.mkdir(exist_ok=True)
        size = draw.randrange(64, used + 1200)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}k", "none", path], check=True)
        try:
            folder = Folder(path, options)
            status, _, errors = folder.run(expected=None)
            if status == 0:
                continue  # It was large enough.
            done += 1
            found = re.search(r"can't write \S*?([^/\s]+): .*", errors)
            if status != 1 or not found:
                bad.append(f"{size} KiB: ended with {status}: {errors}")
            refused[re.sub(r".*_|^\.", "", found[1]) if found else "?"] += 1
            for cell in folder.cells():
                states, rows = state_of(cell), 0
                if (cell / "epochs.csv").exists():
                    rows = len((cell / "epochs.csv").read_text().splitlines()) - 1
                if rows > max([epochs for epochs, _ in states], default=0):
                    bad.append(f"{size} KiB: {rows} epochs in epochs.csv, {states} stored")
            subprocess.run(["mount", "-o", "remount,size=64m", path], check=True)
            folder.run()
            check(f"{size} KiB", reference, folder, bad)
        finally:
            subprocess.run(["umount", path], check=True)
    print("  the disk was full at " + ", ".join(f"{name} ({count})" for name, count in refused.most_common()))
    return finish("full disks", options.count, bad)


def memory(work, options):
    """The high-water mark of resident memory, read from /proc after each epoch."""
    command = [options.program, "train", options.model, "--run", "run", "--quiet"]
    settings = [f"epochs={options.epochs}", f"size={options.size}", "patience=1000", "train=8", "validation=4", "test=2",
                "batch=2", f"network.width={options.width}"]
    for setting in settings:
        command += ["--set", setting]
    process = subprocess.Popen(command, cwd=work)
    peaks, table = {}, work / "run" / "epochs.csv"
    while process.poll() is None:
        try:
            epoch = len(table.read_text().splitlines()) - 1 if table.exists() else 0
            status = Path(f"/proc/{process.pid}/status").read_text()
            peaks[epoch] = int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024
        except (OSError, TypeError):
            pass
        time.sleep(0.02)
    if process.returncode:
        return process.returncode
    # What is read while n epochs are in the table is the peak until the end of the next one; the last is of scoring.
    training = {epoch + 1: peak for epoch, peak in peaks.items() if epoch < options.epochs}
    for epoch in sorted(set([1, 2, 3, 5, 10, 20, 30, 40, options.epochs]) & training.keys()):
        print(f"  peak until the end of epoch {epoch}: {training[epoch]:.1f} MiB")
    growth = max(training.values()) - training[2]
    print(f"memory: {growth:.1f} MiB more after epoch 2 ({100 * growth / training[2]:.2f} %)")
    return 0 if growth <= 0.01 * training[2] else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["kill", "interrupt", "share", "disk", "memory"])
    parser.add_argument("--program", default=".build/release/segbench", type=lambda path: str(Path(path).resolve()))
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", default="unet", help="of 'memory'")
    parser.add_argument("--size", default="256x128", help="of 'memory'")
    parser.add_argument("--width", default="0.5", help="of 'memory'")
    parser.add_argument("--epochs", type=int, default=50, help="of 'memory'")
    parser.add_argument("--work", help="where to run; by default memory, where there is such a folder")
    options = parser.parse_args()
    shared = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    work = Path(tempfile.mkdtemp(prefix="segbench-robustness-", dir=options.work or shared))
    try:
        sys.exit(globals()[options.what](work, options))
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
