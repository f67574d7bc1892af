"""BaseLogger's averages, and what a server hears of RemoteMonitor."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pytest

from kshim.callbacks import BaseLogger, RemoteMonitor


def test_batches_are_averaged_by_their_size() -> None:
    logger, logs = BaseLogger(stateful_metrics=["auc"]), {"loss": 0.0}
    logger.set_params({"metrics": ["loss", "auc", "val_loss"]})
    logger.on_epoch_begin(0)
    logger.on_batch_end(0, {"size": 3, "batch": 0, "loss": 2.0, "auc": 0.25})
    logger.on_batch_end(1, {"size": 1, "batch": 1, "loss": 6.0, "auc": 0.75})
    logger.on_epoch_end(0, logs)
    assert logs == {"loss": 3.0, "auc": 0.75}


@pytest.fixture
def heard() -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """Give the address of a server, and what it was sent."""
    found: list[tuple[str, str, str]] = []

    class Server(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            found.append((self.path, self.headers["Content-Type"], body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *words: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", found
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("as_json", [False, True])
def test_the_server_hears_epoch_and_values(heard: Any, as_json: bool) -> None:
    root, found = heard
    monitor = RemoteMonitor(root, "/told", field="it", send_as_json=as_json)
    monitor.on_epoch_end(2, {"loss": np.float32(0.5), "each": np.array([1.0, 2.0])})
    path, kind, body = found[0]
    told = json.loads(body if as_json else parse_qs(body)["it"][0])
    assert (path, told) == ("/told", {"epoch": 2, "loss": 0.5, "each": [1.0, 2.0]})
    assert kind == ("application/json" if as_json else "application/x-www-form-urlencoded")


def test_a_server_that_is_not_there_is_told_of_in_a_warning() -> None:
    with pytest.warns(RuntimeWarning, match="RemoteMonitor: http://127.0.0.1:9 must answer"):
        RemoteMonitor("http://127.0.0.1:9").on_epoch_end(0, {"loss": 1.0})
