"""Downloads: a URL copied into a file, taken up again where the connection broke.

A copy counts as whole when it has the length that the server told, where it told one. What was
broken off is asked for from there on, and only if the server still has the same file; if it cannot
tell, the copy starts again.
"""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import IO, Any

from kshim.errors import FileError

TIMEOUT = 60
TRIES = 4
BLOCK = 2**20
PARTIAL, OUT_OF_RANGE = 206, 416
# Answers that asking again does not change.
_FINAL = range(400, 500)


class _Broken(Exception):
    """Say that a copy ended early."""


# What may go otherwise when it is tried again.
_PASSING = (_Broken, urllib.error.URLError, HTTPException, TimeoutError, ConnectionError)


def copy(origin: str, file: IO[bytes]) -> None:
    """Copy what is at a URL into a file, and wait until it is on the disk.

    Raises:
        FileError: when it cannot be had, after several tries.
        OSError: when the file cannot be written.
    """
    same = ""
    reason: Any = None
    for _ in range(TRIES):
        try:
            with _opened(origin, file, same) as source:
                same = _validator(source)
                _copy_on(source, file)
        except urllib.error.HTTPError as error:
            reason = error
            error.close()
            if error.code == OUT_OF_RANGE:
                file.truncate(0)
            elif error.code in _FINAL:
                break
        except _PASSING as error:
            reason = error
        else:
            file.flush()
            os.fsync(file.fileno())
            return
    raise FileError(f"{origin}: cannot be fetched ({_told(reason)}).") from reason


def _opened(origin: str, file: IO[bytes], same: str) -> Any:
    """Return the answer to a request for what the file lacks, or for all of it."""
    request = urllib.request.Request(origin)
    done = file.seek(0, os.SEEK_END)
    if done and same:
        request.add_header("Range", f"bytes={done}-")
        request.add_header("If-Range", same)
    source = urllib.request.urlopen(request, timeout=TIMEOUT)
    told = source.headers.get("Content-Range", "")
    if getattr(source, "status", None) != PARTIAL or not told.startswith(f"bytes {done}-"):
        file.seek(0)
        file.truncate()
    return source


def _copy_on(source: Any, file: IO[bytes]) -> None:
    length = source.headers.get("Content-Length")
    missing = int(length) if length is not None and length.isdecimal() else None
    while block := source.read(BLOCK):
        file.write(block)
        if missing is not None:
            missing -= len(block)
    if missing:
        raise _Broken(f"the connection ended {missing} bytes early")


def _validator(source: Any) -> str:
    """Return what tells that a server has the same file still, or no text at all."""
    tag = source.headers.get("ETag") or ""
    return tag if tag and not tag.startswith("W/") else source.headers.get("Last-Modified") or ""


def _told(reason: Any) -> Any:
    """Return a reason in words."""
    if isinstance(reason, TimeoutError):
        return f"no answer within {TIMEOUT} seconds"
    return getattr(reason, "reason", None) or reason or type(reason).__name__
