"""What the scripts of this folder have in common."""

import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SEGBENCH = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else None
FOLDER = pathlib.Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else None
failures = []


def check(holds, what):
    print(("ok   " if holds else "FAIL ") + what, flush=True)
    if not holds:
        failures.append(what)


def segbench(*arguments, fails=False):
    """Runs the program; what it printed, of one that is to fail its complaint."""
    done = subprocess.run([SEGBENCH, *map(str, arguments)], cwd=FOLDER, capture_output=True, text=True)
    if (done.returncode != 0) != fails:
        sys.exit(f"segbench {' '.join(map(str, arguments))} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stderr if fails else done.stdout


def fresh(name):
    """An empty folder below the scripts' own."""
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def end():
    print(f"{len(failures)} failed" if failures else "all held")
    sys.exit(1 if failures else 0)
