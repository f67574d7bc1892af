"""The parts of the benchmark but growth: speed, memory, import, building, and flat memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tools.benching.tables import Contenders, median, print_table, ratios
from tools.benching.worker import ONES, STEPS
from tools.benching.workloads import WORKLOADS
from tools.pages import with_part

ACTIONS = ("fit", "evaluate", "predict", "one", "step", "save", "load")
CALLS = {"one": ONES, "step": STEPS}
MOST_PEAK = 1.05
README = Path(__file__).resolve().parent.parent.parent / "README.md"
BEGIN, END = "<!-- fits -->", "<!-- end of fits -->"
MOST_FLAT = 8.0  # megabytes


def speed(contenders: Contenders, chosen: Any) -> None:
    """Print how fast each action of each workload is."""
    fits: dict[str, dict[str, float]] = {}
    for workload in chosen.workloads or WORKLOADS:
        rows = []
        with contenders.working(workload) as running:
            for action in _actions(workload):
                times = _in_turn(running, action, chosen.rounds)
                found = ratios(times)
                middle = {name: median(it) for name, it in found.items()}
                if action == "fit":
                    fits[workload] = middle
                spread = f"{min(found['kshim']):.2f} to {max(found['kshim']):.2f}"
                calls = CALLS.get(action, 1)
                rows.append([
                    action, middle["kshim"], spread,
                    *(middle[name] for name in contenders.names[2:]),
                    *(1000 * median(it) / calls for it in times.values()),
                ])  # fmt: skip
        print(f"{workload}: times of plain torch, medians of {chosen.rounds}")
        spent = [f"{name} ms" for name in contenders.names]
        print_table(["", "kshim", "spread", *contenders.names[2:], *spent], rows)
    _print_fits(fits, contenders)
    if chosen.chart:
        from tools.benching.charts import bars

        bars(fits, chosen.chart)
    if chosen.readme:
        README.write_text(with_fits(README.read_text(), fits, chosen))


def _actions(workload: str) -> tuple[str, ...]:
    return ("fit",) if WORKLOADS[workload].adversarial else ACTIONS


def _in_turn(running: Any, action: str, rounds: int) -> dict[str, list[float]]:
    """Return each one's seconds of each round; a round to warm up is not counted."""
    times: dict[str, list[float]] = {name: [] for name in running}
    for place in range(rounds + 1):
        order = list(running) if place % 2 else list(reversed(running))
        for name in order:
            seconds = running[name].ask(action)["s"]
            if place:
                times[name].append(seconds)
    return times


def _print_fits(fits: dict[str, dict[str, float]], contenders: Contenders) -> None:
    peers = contenders.names[2:]
    rows = []
    for workload, found in fits.items():
        ours = found["kshim"]
        rows.append([workload, ours, *(found[name] / ours for name in peers)])
    heads = ["fit", "kshim / torch", *(f"kshim is faster than {name} by" for name in peers)]
    print_table(heads, rows)


def with_fits(page: str, fits: dict[str, dict[str, float]], chosen: Any) -> str:
    """Return the README with the times of `fit` between its two marks."""
    names = [name for name in next(iter(fits.values())) if name != "torch"]
    lines = [
        "| `fit` / plain torch loop | " + " | ".join(names) + " |",
        "|---|" + "---|" * len(names),
    ]
    for workload, found in fits.items():
        lines.append(f"| {workload} | " + " | ".join(f"{found[it]:.2f}" for it in names) + " |")
    told = f"On a CPU, threads: {chosen.threads}; median of {chosen.rounds} rounds in one run."
    return with_part(page, BEGIN, END, "\n".join([*lines, "", told]))


def memory(contenders: Contenders, chosen: Any) -> None:
    """Print the peak of two epochs of `fit`, beside that of the plain loop."""
    rows = []
    for workload in chosen.workloads or WORKLOADS:
        with contenders.working(workload) as running:
            found = {name: it.ask("memory") for name, it in running.items()}
        own = found["kshim"]
        rows.append([
            workload, own["peak"] / found["torch"]["peak"],
            *(it["peak"] / 2**20 for it in found.values()),
            *(it["growth"] / 2**20 for it in found.values()),
        ])  # fmt: skip
    print(f"Peak memory of the process in two epochs of fit (most wanted: {MOST_PEAK})")
    names = contenders.names
    heads = [*(f"{name} MB" for name in names), *(f"{name} grew" for name in names)]
    print_table(["", "kshim / torch", *heads], rows)


def _asked(contenders: Contenders, name: str, action: str, *arguments: str) -> dict[str, Any]:
    process = contenders.start(name, "alone.py", action, *arguments)
    try:
        return process.answer()
    finally:
        process.close()


def imports(contenders: Contenders, chosen: Any) -> None:
    """Print what importing takes beyond the framework beneath, and what it brings in."""
    rows = []
    for name in contenders.names[1:]:
        found = [_asked(contenders, name, "import") for _ in range(chosen.rounds)]
        own, beneath = (median([it[key] for it in found]) for key in ("own", "beneath"))
        rows.append([name, own, beneath, " ".join(found[0]["heavy"]) or "-"])
    print("Import: seconds beyond the framework beneath, and heavy packages that come with it")
    print_table(["", "own s", "beneath s", "heavy"], rows)


def builds(contenders: Contenders, chosen: Any) -> None:
    """Print what it takes to build deep functional models and call them once."""
    rows = []
    for name in contenders.names[1:]:
        found = [_asked(contenders, name, "build") for _ in range(min(chosen.rounds, 3))]
        rows.append([name, *(median([it[count] for it in found]) for count in found[0])])
    print("Building chains of Dense layers and calling them once: seconds")
    print_table(["", "125 layers", "250", "500"], rows)


def flat(contenders: Contenders, chosen: Any) -> None:
    """Print whether memory grows over many batches, and over many models."""
    rows = []
    for name in contenders.names[1:]:
        found = _asked(contenders, name, "flat")
        rows.append([name, found["batches"], found["models"]])
    print(f"Memory that stays, in MB (most wanted: {MOST_FLAT})")
    print_table(["", "over 1,000 batches", "over 50 x build, fit, clear_session"], rows)
