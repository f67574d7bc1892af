"""Team: the steps of training as several processes take them together (training/distributed.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from kshim.core.tracing import Measured, collecting_losses
from kshim.errors import NotSupported
from kshim.training.batches import Batch
from kshim.training.distributed import Share, Team, world_size
from kshim.training.sharding import sharding_of
from kshim.training.steps import Stepper, in_full


class TeamStepper(Stepper):
    """Train and test by batches of which each process computes its share.

    Raises:
        NotSupported: for a model with steps of its own.
    """

    def __init__(self, model: Any, target_shapes: Sequence[Any] = ()) -> None:
        if model.has_own_steps:
            raise NotSupported(
                f"{model.who}: train_step, test_step and compute_loss must be Keras's own to be "
                "taken by several processes, got others. Run the script in one process."
            )
        super().__init__(model, target_shapes)
        self._team, self._sharding = Team(model), sharding_of(model)
        self._step = _Step(self._together)
        self._share: Share
        self._made: tuple[Tensor, list[Tensor], list[Any]]
        self._to_learn: Tensor | None = None

    @property
    def agree(self) -> Callable[[int], int]:
        """Return what makes one signal of those of all processes."""
        return self._team.most

    @property
    def stream(self) -> Tensor | None:
        """Return where the stream is from which this process drops numbers."""
        return self._team.own_stream

    @stream.setter
    def stream(self, state: Tensor | None) -> None:
        self._team.own_stream = state

    def of_all(self, told: Any) -> list[Any]:
        """Return what each process tells, to the first of them; to others nothing."""
        return self._team.gathered(told)

    def begin(self) -> None:
        """Take the first process's weights and streams of random numbers."""
        self._team.begin()

    def end(self) -> None:
        """Wait until the first process has written what it writes."""
        self._team.most(0)

    def train(self, batch: Batch) -> Tensor:
        """Change the weights by one batch; return its loss."""
        loss = super().train(batch)
        self._team.mean_buffers()
        return loss

    def _forward(self, batch: Batch) -> tuple[Tensor, list[Tensor], list[Any]]:
        self._team.check_same(batch)
        parameters = self.compiled.parameters
        if self._sharding is not None:
            self._to_learn = self._sharding.root.around(self._together, batch)
        elif torch.is_grad_enabled() and parameters:
            self._to_learn = self._team.loss_of(self._step, parameters, batch)
        else:
            self._together(batch)
        return self._made

    def _backward(self, loss: Tensor) -> None:
        if self._sharding is None:
            super()._backward(loss)
        else:
            self._sharding.backward(loss, self.compiled.parameters)

    def _learned(self, loss: Tensor) -> Tensor:
        return loss if self._to_learn is None else self._to_learn

    def _together(self, batch: Batch) -> Tensor:
        """Return what gradients are taken of; the mean over all processes is that of the loss."""
        self._share = share = self._team.share(batch)
        with self._team.dropping(), collecting_losses() as added:
            outputs, masks, extra, logits = self.network.full(*share.batch.inputs)
        outputs, logits, extra = in_full((outputs, logits, extra))
        nothing = sum(output.sum() * 0.0 for output in outputs if output.requires_grad)
        outputs, masks = list(map(share.whole, outputs)), list(map(share.whole, masks))
        logits = list(map(share.whole, logits))
        data = self._data_loss(batch, outputs, logits, masks)
        penalties, terms = list(self._penalties()), list(self._shared([*extra, *added]))
        told = sum([*penalties, *(it for it, _ in terms)], data)
        own = sum((it for _, it in terms), data)
        self._made = self._checked(told).detach(), outputs, masks
        # Each process's gradient is that of its own samples: their sum is wanted, not their mean.
        learned: Tensor = sum([*penalties, nothing], own * self._team.size)
        return learned

    def _shared(self, terms: Sequence[Any]) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield what is added to the loss, over all processes and this one's part of it."""
        for value in self._added(terms):
            yield self._share.mean(value)

    def _measure(self, term: Measured) -> None:
        if hasattr(term.value, "update_state"):
            raise NotSupported(
                f"{self.model.who}: add_metric must be given values to be counted by several "
                f"processes, got the metric {term.name!r}. Run the script in one process."
            )
        value = term.value.detach()
        told, _ = self._share.mean(value.mean() if value.dim() else value)
        super()._measure(Measured(term.name, told.expand(value.numel())))


def predictor(model: Any) -> Callable[[Batch], list[Tensor]]:
    """Return what gives the outputs of a batch, each process computing its share."""
    network = model.network
    if world_size() == 1:
        return lambda batch: network.predict(*batch.inputs)  # type: ignore[no-any-return]
    team = Team(model)
    sharding_of(model)
    team.begin()

    def predict(batch: Batch) -> list[Tensor]:
        team.check_same(batch)
        share = team.share(batch)
        return [share.whole(output) for output in network.predict(*share.batch.inputs)]

    return predict


class _Step(nn.Module):
    """Be the module whose parameters learn and whose output is the loss."""

    def __init__(self, compute: Callable[[Batch], Tensor]) -> None:
        super().__init__()
        self.__dict__["compute"] = compute

    def forward(self, batch: Batch) -> Tensor:
        """Return the loss of a batch."""
        found: Tensor = self.__dict__["compute"](batch)
        return found
