#!/usr/bin/env python3
"""Sends stored runs to a real MLflow server and reads them back with MLflow's own client.

    mlflow_runs.py SEGBENCH FOLDER    SEGBENCH is the built program; what is made goes to FOLDER

`make interop-tracking` installs MLflow and runs this. The server is started on 127.0.0.1, on SQLite, and ended.
"""

import csv
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import mlflow
from mlflow.tracking import MlflowClient

from checking import FOLDER, ROOT, SEGBENCH, check, end, fresh, segbench

RECORDS = ROOT / "reports" / "quick" / "records"
SCALARS = {"loss": "training/loss", "learning_rate": "training/learning_rate", "seconds": "training/epoch_seconds",
           "validation_mean_iou": "validation/mean_iou", "validation_accuracy": "validation/accuracy"}


class Server:
    """An MLflow server on a port of its own."""

    def __init__(self, name, *options):
        self.folder = fresh(name)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        self.log = (self.folder / "log.txt").open("w")
        self.process = subprocess.Popen(
            [pathlib.Path(sys.executable).parent / "mlflow", "server", "--backend-store-uri",
             f"sqlite:///{self.folder}/mlflow.db", "--artifacts-destination", self.folder / "artifacts", "--workers", "1",
             "--host", "127.0.0.1", "--port", self.url.rsplit(":")[-1], *options],
            stdout=self.log, stderr=subprocess.STDOUT, cwd=self.folder, start_new_session=True)
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{self.url}/health", timeout=5)
                break
            except OSError:
                time.sleep(0.5)
        else:
            sys.exit(f"the server didn't start: {self.folder}/log.txt")
        self.client = MlflowClient(self.url)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # With its workers, which are of its own group.
        os.killpg(self.process.pid, 15)
        self.process.wait(60)

    def runs(self, experiment):
        found = self.client.get_experiment_by_name(experiment)
        return {run.info.run_name: run for run in self.client.search_runs([found.experiment_id])} if found else {}

    def state(self, experiment):
        """All that is stored of an experiment's runs."""
        return {name: (run.info.run_id, run.info.status, run.data.params, run.data.tags,
                       {key: [(m.step, m.timestamp, m.value) for m in self.client.get_metric_history(run.info.run_id, key)]
                        for key in run.data.metrics})
                for name, run in self.runs(experiment).items()}


def rows(cell):
    return list(csv.DictReader((cell / "epochs.csv").open()))


def stored(server):
    """The committed records of the default experiment."""
    print(segbench("export", "mlflow", RECORDS, "--to", server.url), end="")
    runs = server.runs("quick")
    cells = [folder for folder in sorted(RECORDS.iterdir()) if (folder / "scores.json").exists()]
    check(sorted(runs) == [cell.name for cell in cells], f"{len(runs)} runs, one a cell")
    for cell in cells:
        run, scores = runs[cell.name], json.loads((cell / "scores.json").read_text())
        check(run.info.status == "FINISHED", f"{cell.name} is finished")
        check(run.data.params["model"] == scores["settings"]["model"], f"{cell.name}: {len(run.data.params)} parameters")
        environment = scores["environment"]
        check(run.data.tags["mlflow.source.git.commit"] == environment["commit"]
              and run.data.tags["segbench.data"] == environment["data"], f"{cell.name}: commit and digest of the data")
        if (cell / "epochs.csv").exists():
            for column, key in SCALARS.items():
                found = [(m.step, m.value) for m in server.client.get_metric_history(run.info.run_id, key)]
                check(found == [(int(row["epoch"]), float(row[column])) for row in rows(cell)],
                      f"{cell.name}: {key} is what epochs.csv holds, {len(found)} steps")
        for part, tables in scores["scores"].items():
            for table in tables:
                key = f"{part}/{table['scoringProtocol']}/mean_iou"
                if run.data.metrics[key] != table["meanIoU"]:
                    check(False, f"{cell.name}: {key}")
        local = server.client.download_artifacts(run.info.run_id, "scores.json", fresh("downloads"))
        check(pathlib.Path(local).read_bytes() == (cell / "scores.json").read_bytes(), f"{cell.name}: scores.json is there")
        masks = server.client.list_artifacts(run.info.run_id, "masks")
        check(len(masks) == 4, f"{cell.name}: {len(masks)} pictures of masks")
    before = server.state("quick")
    again = segbench("export", "mlflow", RECORDS, "--to", server.url)
    check(again.count("nothing new") == len(cells) and server.state("quick") == before, "a second export adds nothing")
    # As one that was stopped half-way leaves it: the rest is sent.
    network = next(cell for cell in cells if (cell / "epochs.csv").exists())
    half = fresh("half") / "records"
    shutil.copytree(RECORDS, half)
    for cell in cells:
        if cell != network:
            shutil.rmtree(half / cell.name)
    (half / network.name / "scores.json").unlink()
    table = (half / network.name / "epochs.csv")
    table.write_text("".join(table.read_text().splitlines(True)[:6]))
    (half / "experiment.yaml").write_text((half / "experiment.yaml").read_text().replace("name: quick", "name: half"))
    segbench("export", "mlflow", half, "--to", server.url)
    check(server.runs("half")[network.name].info.status == "KILLED", "a run that was stopped says so")
    for name in ("epochs.csv", "scores.json"):
        shutil.copy(RECORDS / network.name / name, half / network.name / name)
    segbench("export", "mlflow", half, "--to", server.url)
    run = server.runs("half")[network.name]
    steps = sorted(m.step for m in server.client.get_metric_history(run.info.run_id, "training/loss"))
    check(run.info.status == "FINISHED" and steps == list(range(1, len(rows(network)) + 1)), f"it goes on: steps {steps}")
    # Other values at the same steps are another training.
    table.write_text(table.read_text().replace("\n3,", "\n3,1"))
    complaint = segbench("export", "mlflow", half, "--to", server.url, fails=True)
    check("is another training" in complaint and network.name in complaint, complaint.strip())


def followed(server):
    """Beside a comparison that runs."""
    runs = fresh("followed")
    follower = subprocess.Popen([SEGBENCH, "export", "mlflow", runs / "smoke", "--to", server.url, "--follow", "--weights"],
                                cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(1)
    segbench("compare", "--preset", "smoke", "--set", "model=[unet-mini, linear-svc]", "--set", "epochs=40", "--runs", runs,
             "--reports", runs / "reports", "--quiet")
    printed, _ = follower.communicate(timeout=120)
    check(follower.returncode == 0, "it ends with the comparison")
    network = next(cell for cell in (runs / "smoke").iterdir() if (cell / "epochs.csv").exists())
    check(printed.count(network.name) > 1, f"it sent epochs while there were more to come, {printed.count(network.name)} times")
    found = server.runs("smoke")
    check(len(found) == 2 and all(run.info.status == "FINISHED" for run in found.values()), f"{len(found)} runs are finished")
    run = found[network.name]
    values = [(m.step, m.value) for m in server.client.get_metric_history(run.info.run_id, "training/loss")]
    check(values == [(int(row["epoch"]), float(row["loss"])) for row in rows(network)], f"each of {len(values)} epochs is there once")
    local = server.client.download_artifacts(run.info.run_id, "best.safetensors", fresh("downloads"))
    check(pathlib.Path(local).read_bytes() == (network / "best.safetensors").read_bytes(), "and the fitted model")
    follower = subprocess.Popen([SEGBENCH, "export", "mlflow", runs / "other", "--to", server.url, "--follow"],
                                cwd=FOLDER, stderr=subprocess.PIPE, text=True)
    time.sleep(1)
    follower.send_signal(2)
    _, complaint = follower.communicate(timeout=30)
    check(follower.returncode == 130, f"Ctrl-C ends it: {complaint.strip()}")


def refused(server):
    for address in ("mlruns", "sqlite:///mlflow.db"):
        complaint = segbench("export", "mlflow", RECORDS, "--to", address, fails=True)
        check(address in complaint and "http" in complaint, complaint.strip())
    complaint = segbench("export", "mlflow", RECORDS, "--to", "http://127.0.0.1:9", fails=True)
    check("http://127.0.0.1:9" in complaint, complaint.strip())
    complaint = segbench("export", "mlflow", RECORDS, "--to", server.url + "/elsewhere", fails=True)
    check("404" in complaint and server.url in complaint, complaint.strip())
    found = server.client.get_experiment_by_name("quick")
    server.client.delete_experiment(found.experiment_id)
    complaint = segbench("export", "mlflow", RECORDS, "--to", server.url, fails=True)
    check("deleted" in complaint, complaint.strip())


print(f"MLflow {mlflow.__version__}")
with Server("mlflow") as server:
    stored(server)
    followed(server)
    refused(server)
with Server("mlflow-without-artifacts", "--no-serve-artifacts") as server:
    segbench("export", "mlflow", RECORDS, "--to", server.url)
    check(len(server.runs("quick")) == 7, "runs are sent to a server that serves no files")
end()
