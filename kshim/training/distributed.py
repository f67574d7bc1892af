"""Distributed: several processes, started by torchrun, train one model together.

Every process runs the whole script and draws the same batches. Of each batch it computes its own
share of the samples; the outputs of all are then put together, so that each process takes losses
and metrics of the whole batch, as one process alone would. torch's DistributedDataParallel makes
one gradient of all. So `batch_size` is that of all processes together, as under tf.distribute,
and the curve of a script is the same on any number of them.

Normalisation sees the statistics of the share alone, as in tf.keras's MirroredStrategy; moving
statistics are the mean of all processes' after each step.

Source: tf.keras 2.15 under tf.distribute.MirroredStrategy.
"""

from __future__ import annotations

import atexit
import gc
import os
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any
from weakref import WeakSet

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from kshim.core.eras import rule
from kshim.errors import NotSupported, StateError
from kshim.layers.device import default_device
from kshim.nn.shards import is_shared_out
from kshim.training.batches import Batch

_PATIENCE = timedelta(minutes=30)
_teams: WeakSet[Team] = WeakSet()


def world_size() -> int:
    """Return how many processes train together; 1 outside torchrun."""
    if dist.is_available() and dist.is_initialized():
        return dist.get_world_size()
    return int(os.environ.get("WORLD_SIZE", "1")) if "RANK" in os.environ else 1


def rank() -> int:
    """Return the number of this process among those that train together, from 0."""
    if dist.is_available() and dist.is_initialized():
        return dist.get_rank()
    return int(os.environ.get("RANK", "0")) if world_size() > 1 else 0


def is_writer() -> bool:
    """Return whether this process is the one that writes files and shows progress."""
    return rank() == 0


def connect() -> None:
    """Meet the other processes, the first time that there is something to do together."""
    if world_size() > 1 and not dist.is_initialized():
        kind = "nccl" if default_device().type == "cuda" else "gloo"
        dist.init_process_group(kind, timeout=_PATIENCE)
        atexit.register(leave)


def leave() -> None:
    """Leave the other processes before Python ends: its end and gloo's threads do not go together.

    The threads end with the last that holds a group.
    """
    for team in _teams:
        team.forget()
    talk.cache_clear()
    gc.collect()
    if dist.is_initialized():
        dist.destroy_process_group()
    gc.collect()


@cache
def talk() -> Any:
    """Return the group in which processes agree, on the CPU: no device is waited for."""
    return dist.new_group(backend="gloo", timeout=_PATIENCE)


def most(told: int) -> int:
    """Return the largest of the numbers that the processes say."""
    flag = torch.tensor([told])
    dist.all_reduce(flag, op=dist.ReduceOp.MAX, group=talk())
    return int(flag.item())


def begin() -> None:
    """Give all processes the first one's streams of random numbers."""
    if world_size() == 1:
        return
    connect()
    told: list[Any] = [(torch.get_rng_state(), np.random.get_state(), random.getstate())]
    dist.broadcast_object_list(told, 0, group=talk())
    torch.set_rng_state(told[0][0])
    np.random.set_state(told[0][1])
    random.setstate(told[0][2])


class Team:
    """Compute batches of one model together with the other processes.

    Args:
        model: whose weights all processes take from the first one.

    Attributes:
        own_stream: where the stream is from which this process drops numbers, once it is begun.
    """

    def __init__(self, model: Any) -> None:
        connect()
        self.model = model
        self.rank, self.size = rank(), world_size()
        self.own_stream: Tensor | None = None
        self._parallel: Any = None
        self._checked = False
        _teams.add(self)
        _refuse(model)

    def forget(self) -> None:
        """Hold no group of processes any more."""
        self._parallel = None

    def begin(self) -> None:
        """Give all processes the first one's weights and streams of random numbers."""
        for tensor in _once([*self.model.parameters(), *self.model.buffers()]):
            if not is_shared_out(tensor):
                dist.broadcast(tensor.detach(), 0)
        begin()
        self._checked = False
        if self.own_stream is None:
            with self.dropping():
                torch.manual_seed(torch.initial_seed() + 1 + self.rank)

    def share(self, batch: Batch) -> Share:
        """Return the part of a batch that this process computes."""
        return Share(self, batch)

    @contextmanager
    def dropping(self) -> Iterator[None]:
        """Draw from a stream of this process's own: each drops other samples' numbers."""
        common = torch.get_rng_state()
        if self.own_stream is not None:
            torch.set_rng_state(self.own_stream)
        try:
            yield
        finally:
            self.own_stream = torch.get_rng_state()
            torch.set_rng_state(common)

    def loss_of(self, step: nn.Module, parameters: Sequence[Tensor], batch: Batch) -> Tensor:
        """Return the loss whose gradients DistributedDataParallel makes one of.

        Args:
            step: gives the loss of a batch; what else it makes it keeps.
            parameters: those that learn.
        """
        if self._parallel is None:
            return self._first_loss(step, parameters, batch)
        found: Tensor = self._parallel(batch)
        return found

    def _first_loss(self, step: nn.Module, parameters: Sequence[Tensor], batch: Batch) -> Tensor:
        """Return the loss of the first batch, and see which parameters it depends on.

        Where it depends on all, and always will, torch need not look for others batch by batch; a
        class of the user's own may leave out in the next batch what it used in this one.
        """
        loss: Tensor = step(batch)
        fixed = not getattr(self.model.network, "own_layers", [self.model])
        some = not (fixed and _leaves(loss).issuperset(parameters))
        for place, tensor in enumerate(parameters):
            step.register_parameter(f"weight_{place}", tensor)  # type: ignore[arg-type]
        if some and parameters:  # torch warns of looking for them where there is none
            step.register_parameter("unused", nn.Parameter(parameters[0].new_zeros(1)))
        self._parallel = DistributedDataParallel(step, find_unused_parameters=some, init_sync=False)
        usual, step.forward = step.forward, lambda batch: loss
        try:
            found: Tensor = self._parallel(batch)
        finally:
            step.forward = usual
        return found

    def mean_buffers(self) -> None:
        """Let all processes have the mean of their moving statistics."""
        held = [it for it in _once(self.model.buffers()) if it.is_floating_point()]
        if not held:
            return
        flat = torch.cat([tensor.reshape(-1).double() for tensor in held])
        dist.all_reduce(flat)
        parts = (flat / self.size).split([tensor.numel() for tensor in held])
        with torch.no_grad():
            for tensor, part in zip(held, parts, strict=True):
                tensor.copy_(part.reshape(tensor.shape))

    def gathered(self, told: Any) -> list[Any]:
        """Return what each process tells, to the first of them; to others nothing."""
        found: list[Any] | None = [None] * self.size if self.rank == 0 else None
        dist.gather_object(told, found, 0, group=talk())
        return found or []

    def most(self, told: int) -> int:
        """Return the largest of the numbers that the processes say."""
        return most(told)

    def check_same(self, batch: Batch) -> None:
        """Refuse batches that are not the same in all processes.

        Raises:
            StateError: in each of them.
        """
        if self._checked:
            return
        self._checked = True
        sums = [tensor.double().sum() for tensor in batch.inputs if isinstance(tensor, Tensor)]
        mine = torch.stack([torch.tensor(float(batch.size)), *(it.cpu() for it in sums)])
        mine = torch.nan_to_num(mine.double())
        least, most = mine.clone(), mine.clone()
        dist.all_reduce(least, op=dist.ReduceOp.MIN, group=talk())
        dist.all_reduce(most, op=dist.ReduceOp.MAX, group=talk())
        if not torch.equal(least, most):
            raise StateError(
                f"{self.model.who}: data must give the same batches in every process, got "
                "others. Draw them with numpy's, Python's or torch's own generators, which "
                "all processes have in the same state, or from a seed."
            )


class Share:
    """Hold the samples of a batch that one process computes, and put the outputs of all together.

    Attributes:
        batch: the samples of this process; the first one, where there are fewer than processes.
        weight: how much a mean over them counts in the mean over all.
    """

    def __init__(self, team: Team, batch: Batch) -> None:
        self.team, whole = team, batch.size
        each, more = divmod(whole, team.size)
        self.sizes = [each + (place < more) for place in range(team.size)]
        first = sum(self.sizes[: team.rank])
        self.size = self.sizes[team.rank]
        part = slice(first, first + self.size) if self.size else slice(0, 1)
        self.batch = replace(batch, inputs=[tensor[part] for tensor in batch.inputs])
        self.weight = self.size / max(whole, 1)

    def whole(self, made: Any) -> Any:
        """Return a value a sample of this process as those of all; gradients reach its own.

        Raises:
            NotSupported: for what has not one value a sample.
        """
        if made is None:
            return None
        if made.dim() == 0 or len(made) != self.batch.size:
            raise NotSupported(
                f"{self.team.model.who}: outputs must have one row a sample to be computed by "
                f"several processes, got shape {tuple(made.shape)}. Run the script in one."
            )
        own = made[: self.size]
        rows = max(self.sizes)
        sent = own.new_zeros((rows, *own.shape[1:]))
        sent[: self.size] = own.detach()
        sent = sent.byte() if sent.dtype == torch.bool else sent
        found = [torch.empty_like(sent) for _ in self.sizes]
        dist.all_gather(found, sent.contiguous())
        parts = [it[:size].to(made.dtype) for it, size in zip(found, self.sizes, strict=True)]
        parts[self.team.rank] = own
        return torch.cat(parts)

    def mean(self, value: Tensor) -> tuple[Tensor, Tensor]:
        """Return a mean over own samples as that over all, and the own part of it."""
        own = value * self.weight
        told = own.detach().clone()
        dist.all_reduce(told)
        return told, own


def _refuse(model: Any) -> None:
    """Refuse models that several processes cannot train as one would.

    Raises:
        NotSupported: naming what stands in the way.
    """
    stateful = [layer.name for layer in model.flattened_layers if getattr(layer, "stateful", False)]
    if stateful:
        raise NotSupported(
            f"{model.who}: layers must not be stateful to be trained by several processes, got "
            f"{', '.join(stateful)}. Run the script in one process."
        )
    summed = [layer.name for layer in model.flattened_layers if layer.activity_regularizer]
    if summed and not rule("activity_penalty_per_sample", model.era):
        raise NotSupported(
            f"{model.who}: activity_regularizer must be None to be trained by several processes "
            f"up to Keras 2.3, which sums over the batch, got one in {', '.join(summed)}. Run the "
            "script in one process."
        )


def _leaves(loss: Tensor) -> set[Tensor]:
    """Return the tensors that learn on which a loss depends."""
    found, seen, left = set(), set(), [loss.grad_fn]
    while left:
        node = left.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if hasattr(node, "variable"):
            found.add(node.variable)
        left += [before for before, _ in node.next_functions]
    return found


def _once(tensors: Any) -> list[Tensor]:
    return list({id(tensor): tensor for tensor in tensors}.values())
