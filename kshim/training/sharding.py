"""Sharding: every process holds a part of each weight, so that a model may outgrow a device.

`compile(..., distribute="fsdp")` asks for it. torch's FSDP2 cuts the parameters along their first
axis; those of a module are put together when it is reached, and taken apart behind it. Large
modules are groups of their own; what is small, or read without a module, is one group.

An optimizer changes the parts that its process holds. What shows a weight as Keras does, and all
that goes into files, is whole: all processes make it together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, fx, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

from kshim.errors import NotSupported, StateError
from kshim.layers.base import Layer
from kshim.layers.device import default_device
from kshim.nn.shards import fill, is_shared_out, whole
from kshim.training.distributed import connect, is_writer, most, talk, world_size

# How many numbers a module holds, at least, to be put together apart from the others.
LEAST = 2**16
CURE = "Leave distribute='fsdp' out: each process then holds all weights."


class Root(nn.Module):
    """Be what FSDP2 puts the parameters of one model together around."""

    def __init__(self, model: nn.Module, network: Any) -> None:
        super().__init__()
        self.model = model
        lowered = (network.full, network.predict, network.plain)
        self.lowered = nn.ModuleList([it for it in lowered if isinstance(it, nn.Module)])
        self._within = False

    def forward(self, compute: Callable[..., Any], *args: Any) -> Any:
        """Compute something with the parameters at hand."""
        return compute(*args)

    def around(self, compute: Callable[..., Any], *args: Any) -> Any:
        """Compute something with the parameters at hand; inside another such call, as it is."""
        if self._within:
            return compute(*args)
        learns = torch.is_grad_enabled() and not torch.is_inference_mode_enabled()
        self._within = True
        try:
            # Parameters put together in inference mode could not learn in the next step.
            with torch.inference_mode(mode=False), torch.set_grad_enabled(learns):
                return self(compute, *args)
        finally:
            self._within = False


class Entrance:
    """Be what computes a lowered graph inside the root; in all else, the graph itself."""

    def __init__(self, root: Root, inner: Any) -> None:
        self._root, self._inner = root, inner

    def __call__(self, *inputs: Any) -> Any:
        """Compute the graph."""
        return self._root.around(self._inner, *inputs)

    def __getattr__(self, name: str) -> Any:
        """Answer as the graph does."""
        return getattr(self._inner, name)


class Sharding:
    """Share out the parameters of a model between the processes.

    Args:
        model: a built and compiled model; all processes begin with the first one's weights.

    Attributes:
        root: what computes something with the parameters at hand.

    Raises:
        NotSupported: for what cannot be shared out, naming it.
    """

    def __init__(self, model: Any) -> None:
        connect()
        self.model, self.network = model, model.network
        _refuse(model)
        _agree([*model.parameters(), *model.buffers()])
        learning = [it for it in model.parameters() if it.is_floating_point()]
        learned = [it.requires_grad for it in learning]
        for tensor in learning:  # what is frozen now may learn after another `compile`
            tensor.requires_grad_(True)
        self.root = Root(model, self.network)
        self._places = [(owner, slot) for owner, slot, _ in _places(self.root)]
        before = [owner._parameters[slot] for owner, slot in self._places]
        _shard(self.root, _groups(self.root, self.network.full))
        self.root(_nothing)  # so that it is the root before a part of it is reached alone
        after = [owner._parameters[slot] for owner, slot in self._places]
        followers: dict[Any, Any] = dict(zip(before, after, strict=True))
        for tensor, did in zip(learning, learned, strict=True):
            followers[tensor].requires_grad_(did)
        model.compiled.take_weights()
        _move_slots(model.optimizer, followers)
        self.network.full = Entrance(self.root, self.network.full)
        self.network.predict = Entrance(self.root, self.network.predict)

    def check(self) -> None:
        """Refuse a model that was changed since.

        Raises:
            StateError: telling the cure.
        """
        if self.model.network is not self.network:
            raise StateError(
                f"{self.model.who}: layers must stay as they are once weights are shared out, got "
                "others. Make the model anew, and compile it."
            )

    def backward(self, loss: Tensor, parameters: Sequence[Tensor]) -> None:
        """Give parameters their gradients: each process those of its parts."""
        loss.backward()  # type: ignore[no-untyped-call]
        wanted = set(map(id, parameters))
        for owner, slot in self._places:
            tensor = owner._parameters[slot]
            if tensor is not None and id(tensor) not in wanted:
                tensor.grad = None

    @contextmanager
    def in_one_piece(self, *, everywhere: bool, write_back: bool) -> Iterator[bool]:
        """Let the model and its optimizer hold whole tensors on the CPU inside the block.

        Args:
            everywhere: whether they do in all processes, or in the first one alone.
            write_back: whether what the block writes into them is shared out again.

        Yields:
            whether they do in this one.

        Raises:
            StateError: in the others, when the block has failed in the first one.
        """
        here, optimizer = everywhere or is_writer(), self.model.optimizer
        held = [owner._parameters[slot] for owner, slot in self._places]
        slots = dict(optimizer.held_slots())
        made = {it: _whole_parameter(it, keep=here) for it in dict.fromkeys(held)}
        pieces = {
            made.get(it, it): {name: _whole_copy(slot, keep=here) for name, slot in own.items()}
            for it, own in slots.items()
        }
        failed = 1
        try:
            if here:
                self._put([made[it] for it in held])
                optimizer.hold_slots(pieces)
            yield here
            failed = 0
        finally:
            if here:
                self._put(held)
                optimizer.hold_slots(slots)
            if not everywhere:
                failed = most(failed)
        if failed:
            raise StateError(
                f"{self.model.who}: files must be written by the first process, got an error there."
            )
        if write_back:
            self._write_back(made, slots, pieces)

    def _put(self, tensors: Sequence[Any]) -> None:
        for (owner, slot), tensor in zip(self._places, tensors, strict=True):
            setattr(owner, slot, tensor)

    def _write_back(self, made: Mapping[Any, Any], slots: Any, pieces: Any) -> None:
        """Share out again what was written into whole tensors."""
        for tensor, value in made.items():
            fill(tensor, value.detach())
        for tensor, own in slots.items():
            for name, slot in own.items():
                fill(slot, pieces[made.get(tensor, tensor)][name])


def sharding_of(model: Any) -> Sharding | None:
    """Return how the weights of a model are shared out, now if `compile` asked for it; or None."""
    held: Sharding | None = model.__dict__.get("_sharding")
    if held is not None:
        held.check()
    elif world_size() > 1 and getattr(model.compiled, "distribute", None) is not None:
        held = model.__dict__["_sharding"] = Sharding(model)
    elif world_size() > 1 and any(map(is_shared_out, model.parameters())):
        raise NotSupported(
            f"{model.who}: layers must belong to one model alone to be shared out, got some of "
            f"another that is compiled with distribute='fsdp'. {CURE}"
        )
    return held


def _nothing() -> None:
    """Compute nothing."""


def _places(root: nn.Module) -> Iterator[tuple[nn.Module, str, Any]]:
    """Yield where parameters that learn are: module, name and tensor; shared ones repeatedly."""
    for owner in root.modules():
        for slot, tensor in owner._parameters.items():
            if tensor is not None and tensor.is_floating_point():
                yield owner, slot, tensor


def _groups(root: nn.Module, lowered: Any) -> list[nn.Module]:
    """Return the large modules that the graph calls, whose parameters nothing else reads."""
    if not isinstance(lowered, fx.GraphModule):
        return []
    owners: dict[int, set[int]] = {}
    for owner, _, tensor in _places(root):
        owners.setdefault(id(tensor), set()).add(id(owner))
    read = [n.target.rpartition(".")[0] for n in lowered.graph.nodes if n.op == "get_attr"]
    apart = {id(it) for name in read for it in lowered.get_submodule(name).modules()}
    called = dict.fromkeys(n.target for n in lowered.graph.nodes if n.op == "call_module")
    found: list[nn.Module] = []
    for module in map(lowered.get_submodule, called):
        inside = {id(it) for it in module.modules()}
        held = [it for it in module.parameters() if it.is_floating_point()]
        alone = all(owners[id(it)] <= inside for it in held) and not inside & apart
        own = any(isinstance(it, Layer) for it in module.modules())
        if alone and not own and sum(it.numel() for it in held) >= LEAST:
            found.append(module)
    return found


def _shard(root: Root, groups: Sequence[nn.Module]) -> None:
    """Let FSDP2 cut the parameters, on the devices that new weights are made on."""
    fixed = {it for it in root.parameters() if not it.is_floating_point()}
    words: dict[str, Any] = {
        "mesh": init_device_mesh(default_device().type, (world_size(),)),
        "reshard_after_forward": True,
        "ignored_params": fixed,
    }
    for module in groups:
        module.register_forward_hook(_apart)
        fully_shard(module, **words)
    fully_shard(root, **words)


def _apart(module: nn.Module, inputs: Any, output: Any) -> Any:
    """Return an output that is no view: what is written into a view loses FSDP2's hooks."""
    is_view = isinstance(output, Tensor) and output._is_view()
    return output.clone() if is_view and output.requires_grad else output


def _agree(tensors: Sequence[Tensor]) -> None:
    """Give all processes the first one's values."""
    for tensor in dict.fromkeys(tensors):
        group = talk() if tensor.device.type == "cpu" else None
        dist.broadcast(tensor.detach(), 0, group=group)


def _move_slots(optimizer: Any, followers: Mapping[Any, Any]) -> None:
    """Cut the slots that an optimizer has by now as the parameters are cut."""
    before = optimizer.held_slots()
    optimizer.hold_slots({followers.get(it, it): {} for it in before})
    for tensor, own in before.items():
        made = optimizer.slots(followers.get(tensor, tensor))
        for name, slot in own.items():
            fill(made[name], slot)


def _whole_parameter(tensor: Any, *, keep: bool) -> Any:
    made = _whole_copy(tensor, keep=keep)
    return None if made is None else nn.Parameter(made, requires_grad=tensor.requires_grad)


def _whole_copy(tensor: Any, *, keep: bool) -> Any:
    """Return all of a tensor on the CPU; None where it is not to be kept."""
    with torch.no_grad():
        made = whole(tensor).detach()
    return made.cpu() if keep else None


def _refuse(model: Any) -> None:
    """Refuse what cannot be shared out.

    Raises:
        NotSupported: naming it.
    """
    optimizer = model.optimizer
    if not optimizer.works_by_number:
        raise NotSupported(
            f"compile: optimizer must change each number by itself with distribute='fsdp', got "
            f"{type(optimizer).__name__}. Take Adam, or another that does."
        )
    small = [weight.name for weight in model.weights if not all(it.dim() for it in weight.tensors)]
    if small:
        raise NotSupported(
            f"{model.who}: weights must have an axis to be shared out, got {', '.join(small)} "
            f"without one. {CURE}"
        )
    if any(map(is_shared_out, model.parameters())):
        raise NotSupported(
            f"{model.who}: layers must belong to one model alone to be shared out, got some of "
            f"another that is compiled with distribute='fsdp'. {CURE}"
        )
