"""Callbacks that pass values on: BaseLogger to the others, RemoteMonitor to a server.

Source: Keras 2.2.4 and tf.keras 2.15 callbacks.py.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from kshim.callbacks.base import Callback

_PATIENCE = 10.0  # seconds


class BaseLogger(Callback):
    """Average the values of the batches, and put the averages into the epoch's logs.

    `fit` logs averages in any case; this is for scripts that make one themselves.

    Args:
        stateful_metrics: names whose last value counts, not the average.
    """

    def __init__(self, stateful_metrics: Iterable[str] | None = None) -> None:
        super().__init__()
        self.stateful_metrics = set(stateful_metrics or [])
        self.seen = 0
        self.totals: dict[str, Any] = {}

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Forget the epoch before."""
        self.seen, self.totals = 0, {}

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Count in a batch."""
        told = dict(logs or {})
        size = told.pop("size", 1)
        self.seen += size
        for name, value in told.items():
            before = self.totals.get(name, 0.0)
            self.totals[name] = value if name in self.stateful_metrics else before + value * size

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Put the averages into the logs."""
        for name in self.run.get("metrics", []):
            if logs is not None and name in self.totals:
                whole = name in self.stateful_metrics
                logs[name] = self.totals[name] if whole else self.totals[name] / self.seen


class RemoteMonitor(Callback):
    """Send the values of each epoch to a server, by HTTP POST.

    A server that does not answer is told of in a warning; training goes on.

    Args:
        root, path: of the server's address.
        field: the form's field that holds the values as JSON.
        headers: more headers of the request.
        send_as_json: send the values as a JSON body, not in a form.
    """

    writes = True

    def __init__(
        self, root: str = "http://localhost:9000", path: str = "/publish/epoch/end/",
        field: str = "data", headers: Mapping[str, str] | None = None, send_as_json: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self.root, self.path, self.field = root, path, field
        self.headers, self.send_as_json = dict(headers or {}), send_as_json

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Send the epoch's number and values."""
        told = {name: _plain(value) for name, value in (logs or {}).items()}
        values = json.dumps({"epoch": epoch, **told})
        if self.send_as_json:
            body, kind = values, "application/json"
        else:
            body = urllib.parse.urlencode({self.field: values})
            kind = "application/x-www-form-urlencoded"
        headers = {"Content-Type": kind, **self.headers}
        request = urllib.request.Request(self.root + self.path, body.encode(), headers)
        try:
            urllib.request.urlopen(request, timeout=_PATIENCE).close()
        except (OSError, urllib.error.URLError) as error:
            warnings.warn(
                f"RemoteMonitor: {self.root} must answer, got {error}.",
                RuntimeWarning,
                stacklevel=2,
            )


def _plain(value: Any) -> Any:
    """Return a number, or nested lists of numbers, as JSON knows them."""
    return value.tolist() if hasattr(value, "tolist") else value
