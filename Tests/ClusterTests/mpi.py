"""Trainings on several ranks of MPI, as `make mpi-test` runs them.

On this host: one, two and four ranks store the same weights, a rank that is killed ends all, and the same command goes on
on another number of ranks to the same weights; Ctrl-C reaches all; a comparison does what isn't a network on rank 0.
With --hosts, as root, on hosts that are network namespaces, too: the same weights, and a link that is cut.

Usage: mpi.py PROGRAM FOLDER [--mpi mpich|openmpi] [--hosts]
"""

import argparse
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

parser = argparse.ArgumentParser()
parser.add_argument("program", type=pathlib.Path)
parser.add_argument("folder", type=pathlib.Path)
parser.add_argument("--mpi", default="mpich", choices=["mpich", "openmpi"])
parser.add_argument("--hosts", action="store_true")
options = parser.parse_args()

program = options.program.resolve()
folder = options.folder.resolve()
shutil.rmtree(folder, ignore_errors=True)
folder.mkdir(parents=True)

# Seconds that anything may take; a rank that is lost is noticed after 60.
PATIENCE = 150
# A network with normalisation and dropout, batches of which the last leaves ranks without pictures.
CELL = ["train", "vgg-unet", "--quiet", "--threads", "1", "--checkpoint-minutes", "0"]
SETTINGS = {
    "data.size": "64x32", "data.train": 9, "data.validation": 3, "data.test": 2, "network.width": 0.125,
    "training.epochs": 12, "training.batch": 4, "training.shards": 4, "training.patience": 100,
}  # fmt: skip
failures = []


def check(what, holds, told=""):
    print(f"{'ok' if holds else 'FAILED'}: {what}" + (f"\n{told}" if told and not holds else ""), flush=True)
    if not holds:
        failures.append(what)


def mpiexec(ranks):
    if options.mpi == "mpich":
        return ["mpiexec.mpich", "-n", str(ranks)]
    return ["mpiexec.openmpi", "--oversubscribe", "-n", str(ranks)]


def environment():
    # Open MPI refuses root without these.
    return dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")


def words(run, **settings):
    changes = {**SETTINGS, **{name.replace("_", "."): value for name, value in settings.items()}}
    return [str(program), *CELL, "--run", str(folder / run), *(f"--set={key}={value}" for key, value in changes.items())]


def start(command):
    # A file, not a pipe, which what mpiexec leaves behind would hold open.
    with open(folder / "told.txt", "w") as told:
        return subprocess.Popen(command, env=environment(), stdout=told, stderr=subprocess.STDOUT, cwd=folder)


def finish(process):
    """The exit status, None where it takes too long, and what was said."""
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None, (folder / "told.txt").read_text()
    return process.returncode, (folder / "told.txt").read_text()


def run(command):
    return finish(start(command))


def weights(run):
    file = folder / run / "best.safetensors"
    return file.read_bytes() if file.exists() else None


def ranks_of(name):
    """Process ids of the ranks that train a run, rank 0 first."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            variables = dict(
                part.split("=", 1) for part in (entry / "environ").read_text().split("\0") if "=" in part)
            arguments = (entry / "cmdline").read_text().split("\0")
        except (OSError, UnicodeDecodeError):
            continue
        rank = variables.get("PMI_RANK", variables.get("OMPI_COMM_WORLD_RANK"))
        if arguments[0] == str(program) and str(folder / name) in arguments and rank is not None:
            found.append((int(rank), int(entry.name)))
    return [number for _, number in sorted(found)]


def wait_for(what, limit=60):
    """Waits until `what` gives something."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        value = what()
        if value:
            return value
        time.sleep(0.02)
    return None


def begun(name):
    """Waits until a training has stored a state of some steps."""
    return wait_for(lambda: (folder / name / "previous.safetensors").exists())


# --- On this host -----------------------------------------------------------------------------------------------------

status, told = run(words("alone"))
check("a process by itself trains", status == 0, told)
expected = weights("alone")
for ranks in [2, 4]:
    status, told = run(mpiexec(ranks) + words(f"ranks{ranks}"))
    check(f"{ranks} ranks train", status == 0, told)
    check(f"{ranks} ranks store the same best.safetensors", weights(f"ranks{ranks}") == expected)

status, told = run(mpiexec(4) + words("few", training_shards=2))
check("fewer shards than ranks are refused", status == 2 and "training.shards" in told, f"{status} {told}")

for place in [3, 0]:
    name = f"killed{place}"
    process = start(mpiexec(4) + words(name))
    begun(name)
    ids = ranks_of(name)
    check(f"four ranks run before rank {place} is killed", len(ids) == 4)
    os.kill(ids[place], signal.SIGKILL)
    began = time.monotonic()
    status, told = finish(process)
    check(
        f"killing rank {place} ends all, with an error, in {time.monotonic() - began:.1f} s: status {status}",
        status not in (0, None) and wait_for(lambda: not ranks_of(name), 10), told)
    check(f"killing rank {place} came before the end", not (folder / name / "scores.json").exists())
    status, told = run(mpiexec(2) + words(name))
    check("two ranks go on", status == 0, told)
    check("and store the same best.safetensors", weights(name) == expected)

name = "stopped"
process = start(mpiexec(4) + words(name))
begun(name)
process.send_signal(signal.SIGINT)
status, told = finish(process)
check(f"Ctrl-C stops all: status {status}", status not in (0, None), told)
check("Ctrl-C came before the end", not (folder / name / "scores.json").exists())
check("no rank is left", not ranks_of(name))
status, told = run(words(name))
check("a process by itself goes on from there to the same best.safetensors", weights(name) == expected, told)

experiment = folder / "experiment.yaml"
experiment.write_text(
    "name: grid\nmodel: [unet-mini, linear-svc, random-forest]\n"
    "data: {size: 64x32, train: 6, validation: 3, test: 2}\nfeatures: {sampling: random:200}\n"
    "training: {epochs: 2, batch: 4, shards: 2}\nnetwork: {width: 0.25}\n")
reports = {}
for ranks in [1, 2]:
    command = [
        str(program), "compare", str(experiment), "--quiet", "--threads", "1", "--runs", str(folder / f"runs{ranks}"),
        "--reports", str(folder / f"reports{ranks}")]
    status, told = run((mpiexec(ranks) if ranks > 1 else []) + command)
    check(f"{ranks} ranks compare", status == 0 and "3 of 3 cells run now" in told, told)
    reports[ranks] = {
        file.parent.name: file.read_bytes() for file in (folder / f"runs{ranks}").glob("*/*/best.safetensors")}
check("a comparison's models are the same on two ranks", len(reports[1]) == 3 and reports[1] == reports[2])

# The same folder by name, but other pictures in it.
for host, seed in [("a", 1), ("b", 2)]:
    run([str(program), "data", "synthesize", "--out", str(folder / host / "streets"), "--count", "20", "--size", "64x32",
         "--seed", str(seed)])
trained = words("apart", data_root="streets")
one = {"mpich": "-n 1 -wdir", "openmpi": "--oversubscribe -n 1 -wdir"}[options.mpi].split()
status, told = run(mpiexec(1)[:1] + one + [str(folder / "a"), *trained, ":", *one[-3:], str(folder / "b"), *trained])
check("ranks that see other pictures are refused", status == 3 and "other pictures on rank 1" in told, f"{status} {told}")


# --- On several hosts -------------------------------------------------------------------------------------------------


class Hosts:
    """Hosts that are network namespaces, on one switch, which is another."""

    count = 4

    def __enter__(self):
        self.switch = "segbench-switch"
        self.names = [f"segbench-host{number}" for number in range(self.count)]
        self.addresses = [f"10.77.0.{number + 1}" for number in range(self.count)]
        self.__exit__()
        ip("netns", "add", self.switch)
        ip("-n", self.switch, "link", "add", "br0", "type", "bridge")
        ip("-n", self.switch, "link", "set", "br0", "up")
        for number, (name, address) in enumerate(zip(self.names, self.addresses)):
            ip("netns", "add", name)
            ip("-n", name, "link", "add", "eth0", "type", "veth", "peer", "name", f"port{number}", "netns", self.switch)
            ip("-n", self.switch, "link", "set", f"port{number}", "master", "br0", "up")
            ip("-n", name, "addr", "add", f"{address}/24", "dev", "eth0")
            ip("-n", name, "link", "set", "eth0", "up")
            ip("-n", name, "link", "set", "lo", "up")
        # In place of rsh: the host is the first word that is no option.
        self.shell = folder / "rsh.sh"
        self.shell.write_text(
            f'#!/bin/bash\nhost=$1; shift\nexec ip netns exec "segbench-host$((${{host##*.}} - 1))" bash -c "$*"\n')
        self.shell.chmod(0o755)
        return self

    def __exit__(self, *_):
        for name in [self.switch, *self.names]:
            subprocess.run(["ip", "netns", "del", name], stderr=subprocess.DEVNULL)

    def mpiexec(self, ranks):
        hosts = ",".join(self.addresses[:ranks])
        first = ["ip", "netns", "exec", self.names[0], "env"]
        if options.mpi == "mpich":
            # UCX would take the memory of one machine for shared.
            return [
                *first, "UCX_TLS=tcp,self", "mpiexec.mpich", "-iface", "eth0", "-launcher", "rsh", "-launcher-exec",
                str(self.shell), "-hosts", hosts, "-n", str(ranks)]  # fmt: skip
        parts = {
            "plm_rsh_agent": str(self.shell), "pml": "ob1", "btl": "tcp,self", "btl_tcp_if_include": "eth0",
            "oob_tcp_if_include": "eth0",
            # Daemons of several hosts would share one file of this machine's topology, and at times die of it.
            "rtc_hwloc_vmhole": "none",
            # By default mpiexec itself notices only after minutes that a host is gone.
            "oob_tcp_keepalive_time": "10", "oob_tcp_keepalive_intvl": "5", "oob_tcp_keepalive_probes": "3"}  # fmt: skip
        return [
            *first, "mpiexec.openmpi", *(word for part in parts.items() for word in ["--mca", *part]), "--host", hosts,
            "-n", str(ranks)]  # fmt: skip

    def cut(self, number):
        ip("-n", self.switch, "link", "set", f"port{number}", "down")


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True)


if options.hosts:
    with Hosts() as hosts:
        for ranks in [2, 4]:
            status, told = run(hosts.mpiexec(ranks) + words(f"hosts{ranks}"))
            check(f"{ranks} hosts train", status == 0, told)
            check(f"{ranks} hosts store the same best.safetensors", weights(f"hosts{ranks}") == expected)
        name = "cut"
        process = start(hosts.mpiexec(4) + words(name))
        check("four hosts run before a link is cut", begun(name))
        hosts.cut(2)
        began = time.monotonic()
        status, told = finish(process)
        check(
            f"a link that is cut ends all, with an error, in {time.monotonic() - began:.1f} s: status {status}",
            status not in (0, None), told)
        check("no rank is left", wait_for(lambda: not ranks_of(name), 15))
        check("the link was cut before the end", not (folder / name / "scores.json").exists())
        status, told = run(words(name))
        check("a process by itself goes on from there to the same best.safetensors", weights(name) == expected, told)

print(f"{len(failures)} failed" if failures else "all passed")
sys.exit(1 if failures else 0)
