"""A grid on a real Slurm: three nodes on this machine, of which one dies in the middle, and a task that is preempted; in the
end all cells and the report are those of a single process.

    apt-get install slurm-wlm munge        # as root
    python3 Tests/ClusterTests/slurm.py path/to/segbench FOLDER

All that it starts and writes lies in FOLDER and ends with it; it needs root, as slurmd does. It prints what it sees and
ends with 0 where all is as it should be.
"""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

NODES = ["node1", "node2", "node3"]

EXPERIMENT = """\
name: grid
about: Twelve cells for a cluster.
model: [unet-mini, unet, random-forest, linear-svc]
seed: [0, 1, 2]
data:
  size: 64x32
  train: 24
training:
  epochs: 60
  patience: 60
  batch: 4
network:
  width: 0.25
"""

CONFIGURATION = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmctldPort={port}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmctldPidFile={folder}/slurmctld.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdPidFile={folder}/%n.pid
SlurmdLogFile={folder}/%n.log
SlurmdSpoolDir={folder}/spool-%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SlurmdTimeout=15
MinJobAge=300
ReturnToService=2
KillWait=10
SchedulerParameters=bf_interval=2,sched_min_interval=200000
{nodes}
PartitionName=low Nodes=ALL Default=YES PriorityTier=1 PreemptMode=REQUEUE GraceTime=15 State=UP
PartitionName=high Nodes=ALL PriorityTier=10 PreemptMode=OFF State=UP
"""


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


class Cluster:
    """munged, slurmctld and a slurmd for each node, in one folder."""

    def __init__(self, folder):
        self.folder = folder
        self.environment = dict(os.environ, SLURM_CONF=str(folder / "slurm.conf"))
        self.daemons = {}

    def __enter__(self):
        folder, ports = self.folder, free_ports(1 + len(NODES))
        (folder / "state").mkdir()
        host = socket.gethostname().split(".")[0]
        nodes = "\n".join(
            f"NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=1 RealMemory=8000 State=UNKNOWN"
            for node, port in zip(NODES, ports[1:]))
        (folder / "slurm.conf").write_text(
            CONFIGURATION.format(folder=folder, host=host, port=ports[0], nodes=nodes))
        key = folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        folder.chmod(0o755)
        self.start("munged", "munged", "--foreground", "--force", f"--key-file={key}", f"--socket={folder}/munge.socket",
                   f"--pid-file={folder}/munged.pid", f"--log-file={folder}/munged.log",
                   f"--seed-file={folder}/munged.seed")
        wait_for("munged", lambda: (folder / "munge.socket").exists(), 20)
        self.start("slurmctld", "slurmctld", "-D", "-c")
        for node in NODES:
            self.start_node(node)
        wait_for("the nodes", lambda: self.call("sinfo", "-h", "-o", "%D %t", "-p", "low").split() == ["3", "idle"], 60)
        return self

    def __exit__(self, *_):
        with contextlib.suppress(Exception):
            self.call("scancel", "--full", "-u", "root")
        for node in NODES:
            self.kill_processes_of(node)
        for daemon in reversed(list(self.daemons.values())):
            daemon.terminate()
        for daemon in self.daemons.values():
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()

    def start(self, name, *command):
        log = open(self.folder / f"{name}.out", "ab")
        self.daemons[name] = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)

    def start_node(self, node):
        self.start(node, "slurmd", "-D", "-N", node)

    def call(self, *command, cwd=None):
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, cwd=cwd)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def processes_of(self, node):
        """The numbers of the processes that a node's jobs consist of."""
        found = []
        for path in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                text = (path / "environ").read_bytes()
                if f"SLURMD_NODENAME={node}\0".encode() in text and str(self.folder).encode() in text:
                    found.append(int(path.name))
        return found

    def kill_processes_of(self, node):
        for number in self.processes_of(node):
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)

    def kill_node(self, node):
        """What a power cut does."""
        self.daemons[node].kill()
        self.daemons[node].wait()
        # The step's manager goes first, or it would tell the controller of the end of its program.
        for name in subprocess.run(["pgrep", "-f", f"slurmstepd"], capture_output=True, text=True).stdout.split():
            with contextlib.suppress(OSError):
                files = os.readlink(f"/proc/{name}/cwd") + pathlib.Path(f"/proc/{name}/cmdline").read_text()
                children = pathlib.Path(f"/proc/{name}/task/{name}/children").read_text().split()
                if any(int(child) in self.processes_of(node) for child in children) or f"spool-{node}" in files:
                    os.kill(int(name), signal.SIGKILL)
        self.kill_processes_of(node)

    def running(self, node):
        return self.call("squeue", "-h", "-w", node, "-t", "R", "-o", "%i %j").split()


def wait_for(what, is_there, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(SystemExit):
            if is_there():
                return
        time.sleep(0.5)
    raise SystemExit(f"{what}: not there after {seconds} s")


TIMES = re.compile(r"\d[\d.]* (?:s|min|h|ms)\b(?: \d+ (?:s|min)\b)?")


def without_times(report):
    """The text of a report without what depends on how fast and where cells were run."""
    text = report.read_text()
    text = text.split("## Cost")[0] + text.split("## Settings")[-1].split("## Reproducibility")[0]
    return TIMES.sub("T", text)


def same_files(one, other):
    """What of two folders of runs isn't the same: fitted models, predictions, tables."""
    wrong = []
    for file in sorted(one.rglob("*")):
        path = file.relative_to(one)
        if file.is_dir() or file.name.startswith(".") or path.parts[0] == "slurm" or file.suffix in (".json", ".txt"):
            continue
        # The last state holds the seconds of epochs.
        if file.name == "last.safetensors":
            continue
        first, second = file.read_bytes(), (other / path).read_bytes() if (other / path).exists() else b""
        if file.name == "epochs.csv":
            # Its last column holds seconds.
            first, second = ([line.rpartition(b",")[0] for line in text.splitlines()] for text in (first, second))
        if first != second:
            wrong.append(str(path))
    return wrong


def main():
    program, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    work, single = folder / "work folder", folder / "single"
    for each in (work, single):
        each.mkdir(parents=True)
        (each / "grid.yaml").write_text(EXPERIMENT)
    with Cluster(folder) as cluster:
        print(cluster.call(str(program), "submit", "grid.yaml", "--partition", "low", "--time", "30", "--cores", "1",
                           "--at-once", "3", "--quiet", cwd=work), end="")

        wait_for("a task on node2", lambda: cluster.running("node2"), 120)
        print(f"node2 dies while it runs {' '.join(cluster.running('node2'))}")
        cluster.kill_node("node2")

        wait_for("a task on node1", lambda: cluster.running("node1"), 120)
        print(f"node1 is wanted by a partition that goes first while it runs {' '.join(cluster.running('node1'))}")
        urgent = cluster.call("sbatch", "--parsable", "-p", "high", "-w", "node1", "--exclusive", "--mem=100", "-o",
                              "/dev/null", "--wrap", "sleep 5").strip()
        wait_for("the urgent job", lambda: cluster.running("node1")[:1] == [urgent], 120)
        print(cluster.call(str(program), "status", "runs/grid", cwd=work), end="")

        wait_for("node2 to be missed", lambda: "down" in cluster.call("sinfo", "-h", "-n", "node2", "-o", "%T"), 120)
        cluster.start_node("node2")
        wait_for("the end of all jobs", lambda: not cluster.call("squeue", "-h").strip(), 900)
        print(cluster.call(str(program), "status", "runs/grid", cwd=work), end="")
        restarts = re.findall(r"Restarts=(\d+)", cluster.call("scontrol", "show", "jobs"))
        print(f"tasks were restarted {sum(map(int, restarts))} times")

    subprocess.run([program, "compare", "grid.yaml", "--threads", "1", "--quiet"], cwd=single, check=True,
                   stdout=subprocess.DEVNULL)
    wrong = same_files(single / "runs/grid", work / "runs/grid")
    if sum(map(int, restarts)) < 2:
        wrong.append("fewer than two restarts: no node died, or nothing was preempted")
    reports = [each / "reports/grid/report.md" for each in (single, work)]
    if without_times(reports[0]) != without_times(reports[1]):
        wrong.append("report.md")
    for line in wrong:
        print(f"not the same: {line}")
    print(f"{len(list((work / 'runs/grid').glob('*/scores.json')))} cells; {len(wrong)} differences from a single process")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
