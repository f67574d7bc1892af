"""Record what one real Keras computes: ``kpy tools/recording WHAT CASES OUT [FAMILIES]``."""

import sys

import applications
import backend
import catalogue
import curves
import dropping
import functions
import initializers
import layers
import losses
import masking
import measures
import models
import optimizers
import precision
import refusals
import scripts
import seeds
import trained
from oracle import open_oracle

RECORDERS = {
    "applications": applications.record,
    "trained": trained.record,
    "backend": backend.record,
    "catalogue": catalogue.record,
    "dropping": dropping.record,
    "curves": curves.record,
    "layers": layers.record,
    "models": models.record,
    "optimizers": optimizers.record,
    "losses": losses.record,
    "functions": functions.record,
    "initializers": initializers.record,
    "refusals": refusals.record,
    "scripts": scripts.record,
    "seeds": seeds.record,
    "masking": masking.record,
    "measures": measures.record,
    "precision": precision.record,
}


def main(what: str, cases: str, out: str, *families: str) -> int:
    """Record one kind of thing; return 1 when some case could not be recorded."""
    failures = RECORDERS[what](open_oracle(), cases, out, *families)
    for failure in failures:
        print("NOT RECORDED " + failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
