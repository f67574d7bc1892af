"""Downloads from a server of the test's own, which breaks off, lies or hangs as it is told."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kshim.errors import FileError
from kshim.utils import downloads
from kshim.utils.files import get_file

CONTENT = np.random.RandomState(3).bytes(300_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """Send the content as `server.behaviour` says."""

    server: Any

    def do_GET(self) -> None:
        """Answer a request, and note what was asked for."""
        asked = self.headers.get("Range")
        self.server.asked.append(asked)
        behaviour, turn = self.server.behaviour, len(self.server.asked)
        content = self.server.contents[min(turn, len(self.server.contents)) - 1]
        if behaviour == "absent" or (behaviour == "busy" and turn == 1):
            self.send_error(404 if behaviour == "absent" else 503)
            return
        tag = hashlib.md5(content, usedforsecurity=False).hexdigest()
        start = 0
        if asked and behaviour != "forgetful" and self.headers.get("If-Range") == f'"{tag}"':
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("ETag", f'"{tag}"')
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        breaks = behaviour == "always breaks" or (behaviour != "whole" and turn == 1)
        self.wfile.write(content[start : start + 100_000] if breaks else content[start:])

    def log_message(self, *words: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Any]:
    made: Any = HTTPServer(("127.0.0.1", 0), Handler)
    made.asked, made.behaviour, made.contents = [], "whole", [CONTENT]
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def _fetch(server: Any, tmp_path: Path, **more: Any) -> bytes:
    url = f"http://127.0.0.1:{server.server_address[1]}/data.bin"
    path = get_file("data.bin", url, cache_dir=tmp_path, cache_subdir="", **more)
    return Path(path).read_bytes()


def test_a_broken_download_goes_on_where_it_broke(server: Any, tmp_path: Path) -> None:
    server.behaviour = "breaks once"
    assert _fetch(server, tmp_path, file_hash=SHA256) == CONTENT
    assert server.asked == [None, "bytes=100000-"]


def test_it_starts_again_where_the_server_cannot_go_on(server: Any, tmp_path: Path) -> None:
    server.behaviour = "forgetful"
    assert _fetch(server, tmp_path) == CONTENT
    assert len(server.asked) == 2


def test_it_starts_again_where_the_file_is_another_by_now(server: Any, tmp_path: Path) -> None:
    server.behaviour, server.contents = "breaks once", [CONTENT, CONTENT[::-1]]
    assert _fetch(server, tmp_path) == CONTENT[::-1]


def test_a_server_that_was_busy_is_asked_again(server: Any, tmp_path: Path) -> None:
    server.behaviour = "busy"
    assert _fetch(server, tmp_path) == CONTENT


@pytest.mark.parametrize(("behaviour", "times"), [("absent", 1), ("always breaks", 2)])
def test_what_cannot_be_had_leaves_nothing(
    behaviour: str, times: int, server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "TRIES", 2)
    server.behaviour = behaviour
    with pytest.raises(FileError, match=r"data\.bin: cannot be fetched \((Not Found|the conn)"):
        _fetch(server, tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert len(server.asked) == times


def test_a_wrong_hash_keeps_the_old_file(server: Any, tmp_path: Path) -> None:
    (tmp_path / "data.bin").write_bytes(b"old")
    with pytest.raises(FileError, match="has not the hash"):
        _fetch(server, tmp_path, file_hash="0" * 64)
    assert (tmp_path / "data.bin").read_bytes() == b"old"
    assert [it.name for it in tmp_path.iterdir()] == ["data.bin"]


def test_without_a_network_the_error_says_so(tmp_path: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound, and not listening: nobody answers
        url = f"http://127.0.0.1:{held.getsockname()[1]}/x.bin"
        with pytest.raises(FileError, match=r"x\.bin: cannot be fetched \(.*refused"):
            get_file("x.bin", url, cache_dir=tmp_path)


def test_a_server_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "TIMEOUT", 0.2)
    monkeypatch.setattr(downloads, "TRIES", 2)
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        url = f"http://127.0.0.1:{held.getsockname()[1]}/x.bin"
        with pytest.raises(FileError, match=r"cannot be fetched \((no answer|timed out)"):
            get_file("x.bin", url, cache_dir=tmp_path)
