"""How fast kshim is: ratios to plain torch, Keras 3 and tf.keras, side by side in one run.

    python tools/bench.py                         every part, kshim against plain torch
    python tools/bench.py "tiny mlp" lstm         some workloads
    python tools/bench.py --keras3 PYTHON --tf PYTHON --chart bench.png
    python tools/bench.py --parts import,build    some parts

Each framework runs in a process of its own; in every round each runs the same action, in turn, and
the others wait. The tables show medians of the rounds' ratios to plain torch (below 1: faster than
a hand-written loop). Absolute times, shown for orientation, mean little on a shared machine.

Parts: `fit` (with evaluate, predict, train_on_batch, load and save), `memory` (the peak of `fit`),
`import`, `build` (deep models), `flat` (does memory grow over batches or models?), `growth` (cost
against batch size, width, depth, sequence length and samples, with a chart). PYTHON is that of an
environment with Keras 3 on torch, or with tf.keras 2.15 (tools/oracles.sh makes both).
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.benching import growth, parts
from tools.benching.tables import Contenders, print_device
from tools.benching.workloads import WORKLOADS

PARTS = {
    "fit": parts.speed, "memory": parts.memory, "import": parts.imports, "build": parts.builds,
    "flat": parts.flat, "growth": growth.measure,
}  # fmt: skip


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", default=[])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--parts", default=",".join(PARTS), help="some of " + ", ".join(PARTS))
    parser.add_argument(
        "--keras3", metavar="PYTHON", help="of an environment with Keras 3 on torch"
    )
    parser.add_argument("--tf", metavar="PYTHON", help="of an environment with tf.keras")
    parser.add_argument("--chart", metavar="PNG", help="where the bars of `fit` go")
    parser.add_argument("--readme", action="store_true", help="write `fit` into the README")
    parser.add_argument("--curves", metavar="PNG", help="where the lines of `growth` go")
    chosen = parser.parse_args(arguments)
    chosen.parts = chosen.parts.split(",")
    for what, names, known in (
        ("WORKLOAD", chosen.workloads, WORKLOADS), ("--parts", chosen.parts, PARTS),
    ):  # fmt: skip
        if unknown := [name for name in names if name not in known]:
            parser.error(f"{what} must be one of {', '.join(known)}, got {unknown[0]!r}.")
    contenders = Contenders({"keras3": chosen.keras3, "tf": chosen.tf}, chosen.threads)
    print_device(chosen.threads)
    for name in chosen.parts:
        PARTS[name](contenders, chosen)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
