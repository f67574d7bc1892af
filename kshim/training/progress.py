"""Progbar: the line that grows while an epoch runs.

Source: Keras 2.2.4 utils/generic_utils.py (what is printed, and when).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from typing import Any

import numpy as np

Values = Iterable[tuple[str, Any]]


class Progbar:
    """Show how far a loop has come, how long it will take, and running averages.

    Args:
        target: how many steps there are; None where nobody knows.
        width: of the bar, in characters.
        verbose: 1 for a bar that is redrawn, 2 for one line at the end, 0 for nothing.
        interval: seconds that pass at least between two drawings.
        stateful_metrics: names whose values are shown as they are, not averaged.
        unit_name: what a step is called.
        whole_line: whether the line of verbose 2 tells the steps and the times too (tf.keras).
    """

    def __init__(
        self, target: int | None, width: int = 30, verbose: int = 1, interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None, unit_name: str = "step",
        whole_line: bool = False,
    ) -> None:  # fmt: skip
        self.target, self.width, self.verbose, self.interval = target, width, verbose, interval
        self.stateful_metrics, self.unit_name = set(stateful_metrics or ()), unit_name
        self.whole_line = whole_line
        self._values: dict[str, list[Any]] = {}
        self._seen = 0
        self._start = time.time()
        self._drawn = 0.0
        self._length = 0

    def update(self, current: int, values: Values | None = None, finalize: bool = False) -> None:
        """Say that `current` steps are done, and count in values by name."""
        self._count(current, values or ())
        done = finalize or (self.target is not None and current >= self.target)
        now = time.time()
        if self.verbose == 1 and (done or now - self._drawn >= self.interval):
            self._draw(self._bar(current) + self._times(current, now, done) + self._told(), done)
            self._drawn = now
        elif self.verbose == 2 and done:
            self._say(self._line(current, now - self._start))

    def add(self, n: int, values: Values | None = None) -> None:
        """Say that n more steps are done."""
        self.update(self._seen + n, values)

    def is_due(self) -> bool:
        """Return whether the next update would be drawn."""
        return self.verbose == 1 and time.time() - self._drawn >= self.interval

    def _count(self, current: int, values: Values) -> None:
        steps = max(current - self._seen, 0)
        for name, value in values:
            if name in self.stateful_metrics:
                self._values[name] = [value, 1]
            else:
                kept = self._values.setdefault(name, [0.0, 0])
                kept[0] = kept[0] + value * steps
                kept[1] += steps
        self._seen = current

    def _line(self, current: int, passed: float) -> str:
        """Return the one line that verbose 2 gives to an epoch."""
        line = f" - {passed:.0f}s{self._told()}"
        if self.whole_line:
            each = _short(passed / max(current, 1))
            line = f"{current}/{self.target or current}{line}"
            line += f" - {_short(passed)}/epoch - {each}/{self.unit_name}"
        return f"{line}\n"

    def _bar(self, current: int) -> str:
        if self.target is None:
            return f"{current:7d}/Unknown"
        digits = len(str(self.target))
        filled = int(self.width * min(current / max(self.target, 1), 1.0))
        head = "=" * (filled - 1) + (">" if current < self.target else "=") if filled else ""
        return f"{current:{digits}d}/{self.target} [{head}{'.' * (self.width - filled)}]"

    def _times(self, current: int, now: float, done: bool) -> str:
        passed = now - self._start
        each = passed / current if current else 0.0
        if done or self.target is None:
            return f" - {passed:.0f}s {_short(each)}/{self.unit_name}"
        return f" - ETA: {_clock(each * (self.target - current))}"

    def _told(self) -> str:
        return "".join(f" - {name}: {_number(*kept)}" for name, kept in self._values.items())

    def _draw(self, line: str, done: bool) -> None:
        """Write the line over the one before."""
        self._say("\r" + line.ljust(self._length) + ("\n" if done else ""))
        self._length = 0 if done else len(line)

    def _say(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


def _number(total: Any, count: int) -> str:
    value = float(np.mean(total)) / max(count, 1)
    return f"{value:.4f}" if abs(value) > 1e-3 else f"{value:.4e}"


def _short(seconds: float) -> str:
    if seconds >= 1 or seconds == 0:
        return f"{seconds:.0f}s"
    return f"{seconds * 1e3:.0f}ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f}us"


def _clock(seconds: float) -> str:
    whole = int(seconds)
    if whole >= 3600:
        return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"
    return f"{whole // 60}:{whole % 60:02d}" if whole >= 60 else f"{whole}s"
