"""Ask a Keras every case that is meant for it, and keep what it answers.

Runs inside the real Keras (Python 3.6 and newer).
"""

import runpy


def cases_of(path: str, era: str) -> list:
    """Return the cases of a file that are meant for an era."""
    module = runpy.run_path(path)
    return [case for case in module["CASES"] if era in case.get("eras", module["ERAS"])]


def ask(cases: list, answer: object) -> tuple:
    """Return the answers to all cases, and a line for each case that has none."""
    answers, failures = [], []
    for case in cases:
        try:
            answers.append(answer(case))
        except Exception as error:
            failures.append(f"{case['name']}: {type(error).__name__}: {error}")
    return answers, failures
