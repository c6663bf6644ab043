#!/usr/bin/env python3
"""Reads what `segbench export tensorboard` writes with TensorBoard's own readers, and compares it with what is stored.

    tensorboard_events.py SEGBENCH FOLDER    SEGBENCH is the built program; what is made goes to FOLDER

`make interop-tracking` installs TensorBoard and runs this.
"""

import csv
import io
import json

import numpy
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.plugins.hparams import metadata

from checking import ROOT, check, end, fresh, segbench

RECORDS = ROOT / "reports" / "quick" / "records"
SCALARS = {"loss": "training/loss", "learning_rate": "training/learning_rate", "seconds": "training/epoch_seconds",
           "validation_mean_iou": "validation/mean_iou", "validation_accuracy": "validation/accuracy"}
out = fresh("tensorboard")
segbench("export", "tensorboard", RECORDS, "--out", out)
cells = [folder for folder in sorted(RECORDS.iterdir()) if (folder / "scores.json").exists()]


def read(folder):
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0, "images": 0, "tensors": 0})
    events.Reload()
    return events


compared = 0
for cell in cells:
    events = read(out / "quick" / cell.name)
    scores = json.loads((cell / "scores.json").read_text())
    if (cell / "epochs.csv").exists():
        rows = list(csv.DictReader((cell / "epochs.csv").open()))
        for column, tag in SCALARS.items():
            found = [(event.step, event.value) for event in events.Scalars(tag)]
            stored = [(int(row["epoch"]), float(numpy.float32(row[column]))) for row in rows]
            compared += len(stored)
            check(found == stored, f"{cell.name}: {tag} is what epochs.csv holds, {len(stored)} steps")
        times = [event.wall_time for event in events.Scalars("training/loss")]
        check(times == sorted(times), f"{cell.name}: epochs follow one another in time")
    step = scores["fit"].get("bestEpoch", 0)
    for part, tables in scores["scores"].items():
        for table in tables:
            event, = events.Scalars(f"{part}/{table['scoringProtocol']}/mean_iou")
            compared += 1
            if (event.step, event.value) != (step, float(numpy.float32(table["meanIoU"]))):
                check(False, f"{cell.name}: {part} mean IoU under {table['scoringProtocol']}")
    masks = [tag for tag in events.Tags()["images"] if tag.startswith("masks/")]
    check(len(masks) == 4, f"{cell.name}: {len(masks)} pictures of masks")
    image = Image.open(io.BytesIO(events.Images(masks[0])[0].encoded_image_string))
    check(image.size == (3 * 128, 64), f"{cell.name}: picture, truth and mask are {image.size}")
    tags = events.summary_metadata
    start = metadata.parse_session_start_info_plugin_data(tags["_hparams_/session_start_info"].plugin_data.content)
    check(start.hparams["model"].string_value == scores["settings"]["model"], f"{cell.name}: its settings have its model")
    ended = metadata.parse_session_end_info_plugin_data(tags["_hparams_/session_end_info"].plugin_data.content)
    check(ended.status == 1, f"{cell.name}: its session is a success")
print(f"{compared} values compared")

experiment = metadata.parse_experiment_plugin_data(
    read(out / "quick").summary_metadata["_hparams_/experiment"].plugin_data.content)
check("model" in [info.name for info in experiment.hparam_infos], "the experiment names the settings that differ")
check("test/official/mean_iou" in [info.name.tag for info in experiment.metric_infos], "and the scores that count")

# TensorBoard's own reader verifies both checksums of every record and raises where one is wrong.
network = next(cell for cell in cells if (cell / "epochs.csv").exists())
file = out / "quick" / network.name / "events.out.tfevents.segbench"
check(sum(1 for _ in RawEventFileLoader(str(file)).Load()) > 100, "every record's checksums hold")

before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
segbench("export", "tensorboard", RECORDS, "--out", out)
after = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
check(before == after, f"a second export writes the same {len(after)} files to the byte")

# A training that has gone on: the file of fewer epochs is how that of more begins, but for when epochs ended.
runs = fresh("going-on")
segbench("compare", "--preset", "smoke", "--set", "model=unet-mini", "--set", "training.schedule=constant", "--set",
         "epochs=2", "--runs", runs, "--reports", runs / "reports", "--quiet")
segbench("export", "tensorboard", runs / "smoke", "--out", runs / "events")
segbench("compare", "--preset", "smoke", "--set", "model=unet-mini", "--set", "training.schedule=constant", "--set",
         "epochs=4", "--runs", runs, "--reports", runs / "reports", "--quiet")
segbench("export", "tensorboard", runs / "smoke", "--out", runs / "events")
steps = [[event.step for event in read(folder).Scalars("training/loss")]
         for folder in sorted((runs / "events" / "smoke").iterdir()) if folder.is_dir()]
check(sorted(steps, key=len) == [[1, 2], [1, 2, 3, 4]], f"more epochs are further steps of a run: {steps}")
end()
