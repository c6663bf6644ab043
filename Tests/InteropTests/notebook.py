#!/usr/bin/env python3
"""Executes docs/report.ipynb on the committed report, as Jupyter does, and compares it with what it showed when it was
committed.

    notebook.py SEGBENCH FOLDER    what is made goes to FOLDER

`make interop-notebook` installs pandas, matplotlib and nbconvert and runs this.
"""

import json
import subprocess
import sys

from checking import ROOT, check, end, fresh

out = fresh("notebook")
done = subprocess.run(
    [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--output-dir", out, ROOT / "docs" / "report.ipynb"],
    capture_output=True, text=True)
check(done.returncode == 0, "it runs from the first cell to the last" + (f": {done.stderr}" if done.returncode else ""))


def shown(file):
    """The texts and the number of pictures that a notebook's cells show."""
    outputs = [output for cell in json.loads(file.read_text())["cells"] for output in cell.get("outputs", [])]
    texts = ["".join(output.get("text", output.get("data", {}).get("text/plain", ""))) for output in outputs]
    return texts, sum("image/png" in output.get("data", {}) for output in outputs), [
        "".join(output["text"]) for output in outputs if output.get("name") == "stderr"]


if not done.returncode:
    (texts, pictures, complaints), committed = shown(out / "report.ipynb"), shown(ROOT / "docs" / "report.ipynb")
    check(texts == committed[0], f"its {len(texts)} outputs are those that are committed")
    check(pictures == 1 and not complaints, "it draws its figure and complains of nothing")
    print(texts[-1].strip())
end()
