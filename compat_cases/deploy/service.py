"""A service that answers HTTP with what an exported ONNX model computes; it needs no kshim.

    pip install fastapi uvicorn onnxruntime
    python service.py model.onnx --host 0.0.0.0 --port 8000

    POST /predict  {"inputs": {"image": [...]}}  ->  {"outputs": {"digit": [...]}}
    GET /health    what the model takes and gives, and how much has been computed

Every input is a list of samples. Requests that come at the same time are computed together: the
first waits `--wait` milliseconds at most for others, until there are `--most` samples. A request
that does not fit the model is answered by 422 and one sentence for each thing that is wrong; one
that comes while `--queue` others wait, by 503.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import uvicorn
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

Arrays = dict[str, np.ndarray]

TYPES = {
    "tensor(float)": "float32", "tensor(double)": "float64", "tensor(float16)": "float16",
    "tensor(int64)": "int64", "tensor(int32)": "int32", "tensor(int8)": "int8",
    "tensor(uint8)": "uint8", "tensor(bool)": "bool",
}  # fmt: skip


class Model:
    """Hold one ONNX model: what it takes, what it gives, and its session."""

    def __init__(self, file: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # errors go to the one who asked
        self.session = onnxruntime.InferenceSession(file, options)
        self.name = file.name
        self.inputs = {entry.name: entry for entry in self.session.get_inputs()}
        self.outputs = [entry.name for entry in self.session.get_outputs()]
        sizes = {entry.shape[0] for entry in self.inputs.values()}
        fixed = [size for size in sizes if isinstance(size, int)]
        self.batch: int | None = fixed[0] if fixed else None

    def run(self, arrays: Arrays) -> Arrays:
        """Return the outputs by name."""
        return dict(zip(self.outputs, self.session.run(self.outputs, arrays), strict=True))

    def described(self) -> dict[str, Any]:
        """Return the shape and type of every input and output."""
        ends = {"inputs": self.session.get_inputs(), "outputs": self.session.get_outputs()}
        return {
            word: {one.name: {"shape": one.shape, "type": TYPES[one.type]} for one in found}
            for word, found in ends.items()
        }

    def arrays(self, inputs: dict[str, Any], most: int) -> Arrays:
        """Return what a request holds as arrays.

        Raises:
            HTTPException: 422, with a sentence for each thing that does not fit.
        """
        wrong = [
            f"input {name!r} must be one of {', '.join(self.inputs)}."
            for name in inputs.keys() - self.inputs.keys()
        ]
        found: Arrays = {}
        for name in self.inputs:
            try:
                found[name] = self._array(name, inputs)
            except ValueError as error:
                wrong.append(str(error))
        counts = {name: len(array) for name, array in found.items()}
        if len(set(counts.values())) > 1:
            wrong.append(f"all inputs must hold as many samples as each other, got {counts}.")
        elif counts and max(counts.values()) > most:
            wrong.append(f"inputs must hold {most} samples at most, got {max(counts.values())}.")
        if wrong:
            raise HTTPException(422, sorted(wrong))
        return found

    def _array(self, name: str, inputs: dict[str, Any]) -> np.ndarray:
        entry = self.inputs[name]
        shape = [size if isinstance(size, int) else None for size in entry.shape]
        wanted = f"({', '.join(map(str, entry.shape))})"
        if name not in inputs:
            raise ValueError(f"input {name!r} must be given, of shape {wanted}.")
        kind = np.dtype(TYPES[entry.type])
        try:
            array = np.asarray(inputs[name])
        except (ValueError, OverflowError):
            raise ValueError(
                f"input {name!r} must be of shape {wanted}, got lists of unequal lengths."
            ) from None
        if array.size and array.dtype.kind not in "biuf":
            raise ValueError(f"input {name!r} must hold numbers, got something else.")
        fits = len(array.shape) == len(shape) and all(
            size in (None, own) for size, own in zip(shape, array.shape, strict=True)
        )
        if not fits or not array.size:
            raise ValueError(f"input {name!r} must be of shape {wanted}, got {array.shape}.")
        if kind.kind in "iu" and array.dtype.kind == "f" and (array % 1 != 0).any():
            raise ValueError(f"input {name!r} must hold whole numbers, got {kind} fractions.")
        return array.astype(kind)


@dataclass
class Waiting:
    """Be one request that waits for its outputs."""

    arrays: Arrays
    done: asyncio.Future[Arrays]

    @property
    def count(self) -> int:
        """Return how many samples it holds."""
        return len(next(iter(self.arrays.values())))

    @property
    def key(self) -> tuple[Any, ...]:
        """Return what must be alike to be computed together."""
        return tuple(array.shape[1:] for array in self.arrays.values())


@dataclass
class Batcher:
    """Compute requests together.

    Attributes:
        most: samples that are computed at once.
        wait: seconds that the first request waits for others.
        queue: how many may wait.
        requests, runs, largest: counted since the start; largest is the most samples in a run.
    """

    model: Model
    most: int
    wait: float
    queue: int
    requests: int = 0
    runs: int = 0
    largest: int = 0
    line: asyncio.Queue[Waiting] = field(init=False)

    def __post_init__(self) -> None:
        self.line = asyncio.Queue(self.queue)

    async def predict(self, arrays: Arrays) -> Arrays:
        """Return the outputs of one request.

        Raises:
            HTTPException: 503 when too many wait, 422 when the model cannot compute it.
        """
        waiting = Waiting(arrays, asyncio.get_running_loop().create_future())
        try:
            self.line.put_nowait(waiting)
        except asyncio.QueueFull:
            raise HTTPException(503, "too many requests wait.", {"Retry-After": "1"}) from None
        self.requests += 1
        return await waiting.done

    async def work(self) -> None:
        """Compute what comes, for ever."""
        held: Waiting | None = None
        while True:
            together = [held or await self.line.get()]
            held = await self._gather(together)
            groups: dict[Any, list[Waiting]] = {}
            for waiting in together:
                groups.setdefault(waiting.key, []).append(waiting)
            for group in groups.values():
                await self._answer(group)

    async def _gather(self, together: list[Waiting]) -> Waiting | None:
        """Add those that come in time; return the first that does not fit in any more."""
        if self.model.batch is not None:
            return None
        clock = asyncio.get_running_loop().time
        end, count = clock() + self.wait, together[0].count
        while count < self.most:
            coming = await self._next(end - clock())
            if coming is None or count + coming.count > self.most:
                return coming
            together.append(coming)
            count += coming.count
        return None

    async def _next(self, seconds: float) -> Waiting | None:
        """Return who waits already, or comes in time."""
        if not self.line.empty():
            return self.line.get_nowait()
        try:
            return await asyncio.wait_for(self.line.get(), max(0, seconds))
        except (asyncio.TimeoutError, TimeoutError):
            return None

    async def _answer(self, group: list[Waiting]) -> None:
        group = [waiting for waiting in group if not waiting.done.done()]
        if not group:
            return
        try:
            parts = await asyncio.to_thread(self._computed, [one.arrays for one in group])
        except Exception as error:  # whatever onnxruntime makes of the numbers
            if len(group) > 1:  # the others are not to suffer from one
                for waiting in group:
                    await self._answer([waiting])
            elif not group[0].done.done():
                reason = (str(error) or type(error).__name__).splitlines()[0][:300]
                told = f"the model must be able to compute the inputs, got: {reason}"
                group[0].done.set_exception(HTTPException(422, told))
            return
        self.runs += 1
        self.largest = max(self.largest, sum(waiting.count for waiting in group))
        for waiting, part in zip(group, parts, strict=True):
            if not waiting.done.done():
                waiting.done.set_result(part)

    def _computed(self, asked: list[Arrays]) -> list[Arrays]:
        """Return the outputs of several requests, which are computed as one."""
        if len(asked) == 1:
            return [self.model.run(asked[0])]
        found = self.model.run(
            {name: np.concatenate([each[name] for each in asked]) for name in asked[0]}
        )
        counts = [len(next(iter(each.values()))) for each in asked]
        if any(array.shape[:1] != (sum(counts),) for array in found.values()):
            raise ValueError("an output has no axis of samples")
        ends = np.cumsum(counts)[:-1]
        pieces = {name: np.split(array, ends) for name, array in found.items()}
        return [{name: pieces[name][place] for name in pieces} for place in range(len(asked))]


class Asked(BaseModel):
    """Be the body of a request: a list of samples for each input."""

    inputs: dict[str, Any]


def create_app(file: str | Path, most: int = 64, wait: float = 0.005, queue: int = 256) -> FastAPI:
    """Return the application that serves a file; the arguments are those of `Batcher`."""
    model = Model(Path(file))
    batcher = Batcher(model, model.batch or most, wait, queue)

    @asynccontextmanager
    async def working(app: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(batcher.work())
        yield
        task.cancel()

    app = FastAPI(title=model.name, lifespan=working)

    @app.get("/health")
    async def health() -> dict[str, Any]:
        counted = {word: getattr(batcher, word) for word in ("requests", "runs", "largest")}
        return {"status": "ok", "model": model.name, **model.described(), **counted}

    @app.post("/predict")
    async def predict(asked: Asked) -> dict[str, Any]:
        found = await batcher.predict(model.arrays(asked.inputs, batcher.most))
        return {"outputs": {name: listed(array) for name, array in found.items()}}

    return app


def listed(array: np.ndarray) -> Any:
    """Return an array as lists for JSON, which has null for what is no finite number."""
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        return np.where(np.isfinite(array), array.astype(object), None).tolist()
    return array.tolist()


def main() -> None:
    """Serve a file until a signal ends it."""
    parser = argparse.ArgumentParser(description="Serve an ONNX model over HTTP.")
    parser.add_argument("model", metavar="MODEL.onnx")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000, help="0 takes one that is free")
    parser.add_argument("--most", type=int, default=64, help="samples computed at once")
    parser.add_argument("--wait", type=float, default=5, help="milliseconds to wait for others")
    parser.add_argument("--queue", type=int, default=256, help="requests that may wait")
    chosen = parser.parse_args()
    app = create_app(chosen.model, chosen.most, chosen.wait / 1000, chosen.queue)
    with socket.create_server((chosen.host, chosen.port)) as place:
        host, port = place.getsockname()[:2]
        print(f"serving {chosen.model} at http://{host}:{port}", flush=True)
        config = uvicorn.Config(app, log_level="warning")
        uvicorn.Server(config).run(sockets=[place])


if __name__ == "__main__":
    main()
