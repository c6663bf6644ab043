"""Makes cityscapes/: a tiny dataset in Cityscapes' layout, labelIds predictions, and what cityscapesScripts says of them.

    python3 -m venv venv && venv/bin/pip install cityscapesScripts pillow numpy
    venv/bin/python make_cityscapes.py

Rectangles of random labels, ignored ones and void among them, with instances; sky is absent everywhere, so that its
score is undefined. Predictions copy most of the truth, and hold ignored labels and void too.
"""
import json, math, os
import numpy as np
from PIL import Image

from cityscapesscripts.evaluation import evalPixelLevelSemanticLabeling as official
from cityscapesscripts.helpers.labels import id2label, labels

np.in1d = getattr(np, "in1d", np.isin)  # NumPy 2.4 dropped the name that the scripts still use
here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cityscapes")
random = np.random.default_rng(7)
known = [l.id for l in labels if l.id >= 0 and l.name != "sky"]
H, W = 1024, 2048
truths, predictions = [], []

def save(array, *path):
    file = os.path.join(here, *path)
    os.makedirs(os.path.dirname(file), exist_ok=True)
    Image.fromarray(array).save(file, optimize=True)
    return file

for split, city, frames in (("train", "aachen", 1), ("train", "bremen", 1), ("val", "lindau", 2), ("val", "munster", 1)):
    for frame in range(frames):
        name = f"{city}_{frame:06d}_000019"
        label, instance = np.full((H, W), 7, np.uint8), np.full((H, W), 7, np.uint16)
        for number in range(40):
            y, x = random.integers(0, H - 80), random.integers(0, W - 80)
            h, w = random.integers(60, 430), random.integers(60, 620)
            l = int(random.choice(known))
            label[y:y + h, x:x + w] = l
            instance[y:y + h, x:x + w] = l * 1000 + number if id2label[l].hasInstances and number % 7 else l
        prediction = label.copy()
        for _ in range(25):
            y, x = random.integers(0, H - 80), random.integers(0, W - 80)
            prediction[y:y + random.integers(40, 300), x:x + random.integers(50, 410)] = random.choice(known)
        picture = np.stack([(label.astype(int) * 7 + c * 40) % 256 for c in range(3)], -1).astype(np.uint8)
        save(picture, "leftImg8bit", split, city, f"{name}_leftImg8bit.png")
        truth = save(label, "gtFine", split, city, f"{name}_gtFine_labelIds.png")
        save(instance, "gtFine", split, city, f"{name}_gtFine_instanceIds.png")
        if split == "val":
            truths.append(truth)
            predictions.append(save(prediction, "predictions", city, f"{name}_pred.png"))

args = official.args
args.evalLabels = [l.id for l in labels if l.id >= 0]
args.evalInstLevelScore, args.evalPixelAccuracy, args.quiet = True, False, True
matrix, instances = official.generateMatrix(args), official.generateInstanceStats(args)
for p, t in zip(predictions, truths):
    official.evaluatePair(p, t, matrix, instances, {}, args)
categories = ["void", "flat", "construction", "object", "nature", "sky", "human", "vehicle"]
iou = {c: official.getIouScoreForCategory(c, matrix, args) for c in categories}
iiou = {c: official.getInstanceIouScoreForCategory(c, matrix, instances, args) for c in categories}
counted = [l for l in labels if l.id >= 0 and not l.ignoreInEval]
class_iou = {l.name: official.getIouScoreForLabel(l.id, matrix, args) for l in counted}
class_iiou = {l.name: official.getInstanceIouScoreForLabel(l.id, matrix, instances, args) for l in counted}
clean = lambda scores: {k: None if math.isnan(v) else v for k, v in scores.items()}
json.dump({"iou": clean(iou), "mean": official.getScoreAverage(iou, args), "instance_iou": clean(iiou),
           "mean_instance_iou": official.getScoreAverage(iiou, args),
           "class_iou": clean(class_iou), "class_mean": official.getScoreAverage(class_iou, args),
           "class_instance_iou": clean(class_iiou), "class_mean_instance_iou": official.getScoreAverage(class_iiou, args)},
          open(os.path.join(here, "golden.json"), "w"), indent=1)
