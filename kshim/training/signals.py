"""Signals: a run that is asked to stop finishes its batch first.

SIGINT (Ctrl-C) and SIGTERM are noted while a run lasts; the run looks, stops where it may, and the
signal then has the effect it always has. A second signal has it at once.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

_USUAL = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}


class Signals:
    """Note the first SIGINT or SIGTERM inside a `with` block.

    Handlers of a script's own, and signals it ignores, are let be; so is everything in a thread
    that is not the main one.

    Args:
        agree: makes one of what several processes noted, which all of them call at `look`; from
            look to look the answer stays, so that all stop at the same place.

    Attributes:
        noted: the signal that came, or None.
    """

    def __init__(self, agree: Callable[[int], int] | None = None) -> None:
        self.noted: int | None = None
        self._agree, self._agreed = agree, 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Signals:
        """Begin to note signals."""
        self._process = os.getpid()
        if threading.current_thread() is threading.main_thread():
            for number, usual in _USUAL.items():
                if signal.getsignal(number) is usual:
                    self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *raised: Any) -> None:
        """Let signals have their effect again."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    def __bool__(self) -> bool:
        """Return whether a signal came, to any of the processes by the last look."""
        return self._taken() is not None

    def look(self) -> None:
        """Hear what other processes noted."""
        if self._agree is not None and not self._agreed:
            self._agreed = self._agree(self.noted or 0)

    def _taken(self) -> int | None:
        return self.noted if self._agree is None else self._agreed or None

    def take_effect(self) -> None:
        """Do what the noted signal asks for, if one came.

        Raises:
            KeyboardInterrupt: after SIGINT.
            SystemExit: of the status 143 after SIGTERM.
        """
        taken = self._taken()
        if taken == signal.SIGINT:
            raise KeyboardInterrupt
        if taken is not None:
            sys.exit(128 + taken)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if os.getpid() != self._process:  # a data worker: Ctrl-C reaches it too
            if number == signal.SIGTERM:
                self.__exit__()
                signal.raise_signal(number)
            return
        if self.noted is None:
            self.noted = number
            # Nothing buffered: a handler may run in the middle of a print.
            os.write(2, b"\nfit: stopping after this batch; once more stops at once.\n")
            return
        self.__exit__()
        signal.raise_signal(number)
