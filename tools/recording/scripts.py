"""Record old scripts: the numbers that each wrote when it ran on the Keras it was written for.

Runs inside the real Keras (Python 3.6 and newer).
"""

import json
import os
import runpy
import tempfile

import numpy as np
from archive import write_recording
from asking import ask, cases_of
from layers import add
from oracle import origin
from ordering import orders


def record(oracle: object, cases: str, out: str) -> list:
    """Record every script of this era; return a line for each that failed."""
    folder = os.path.join(os.path.dirname(os.path.abspath(cases)), "scripts")
    wanted = cases_of(os.path.join(cases, "scripts.py"), oracle.era)
    answers, failures = ask(wanted, lambda case: record_case(oracle, case, folder))
    target = os.path.join(out, "recorded", oracle.name, "scripts", "scripts")
    if answers:
        write_recording(target, answers, origin(oracle, "scripts"))
    return failures


def record_case(oracle: object, case: dict, folder: str) -> tuple:
    """Run a script in a folder of its own; return its row and the numbers it wrote."""
    oracle.renew()
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as place, orders(oracle)[0]:
        os.chdir(place)
        try:
            runpy.run_path(os.path.join(folder, case["name"] + ".py"), run_name="__main__")
        finally:
            os.chdir(before)
        with open(os.path.join(place, "curve.json")) as file:
            curve = json.load(file)
    arrays = {}
    add(arrays, "curve", [np.array(row) for row in curve])
    return {"name": case["name"]}, arrays
