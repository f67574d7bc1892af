"""Categories: numbers sorted into bins, looked up, spread into rows of noughts and ones."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class CategoryEncoding(nn.Module):
    """Spread category numbers into rows that have one place for each category.

    Shapes:
        inputs: (batch, n), output: (batch, depth); one_hot also (batch, ...) to (batch, ..., depth)

    Args:
        depth: how many categories there are.
        mode: int (the numbers as they are), one_hot (a row for each), multi_hot (a one for each
            category that is there), count (how often it is), tf_idf (the count, weighted).
        any_rank: whether to take more than two axes (Keras 3): counted is over the second.
        checked: whether to refuse numbers outside the categories; they count for nothing if not.

    Source: preprocessing_utils of tf.keras 2.15, numerical_utils of Keras 3.
    """

    idf_weights: Tensor

    def __init__(
        self,
        depth: int,
        mode: str,
        dtype: torch.dtype = torch.float32,
        any_rank: bool = False,
        checked: bool = False,
    ) -> None:
        """Keep what to make."""
        super().__init__()
        self.depth, self.mode, self.dtype = depth, mode, dtype
        self.any_rank, self.checked = any_rank, checked
        self.register_buffer("idf_weights", torch.ones(depth, dtype=dtype), persistent=False)

    def forward(self, inputs: Tensor, weights: Tensor | None = None) -> Tensor:
        """Return the rows; `weights` count instead of ones, in the mode count."""
        if self.mode == "int":
            return inputs.to(self.dtype)
        numbers = inputs.long()
        if self.checked:
            self._check(numbers)
        if numbers.dim() == 0:
            numbers = numbers.unsqueeze(0)
        if self.mode == "one_hot":
            return self._one_hot(numbers)
        counts = self._counts(numbers, weights)
        if self.mode == "multi_hot":
            return counts.clamp(max=1)
        return counts * self.idf_weights if self.mode == "tf_idf" else counts

    def _one_hot(self, numbers: Tensor) -> Tensor:
        if numbers.shape[-1] == 1 and (numbers.dim() > 1 or not self.any_rank):
            numbers = numbers.squeeze(-1)
        self._need_rank(numbers.dim(), 1)
        categories = torch.arange(self.depth, device=numbers.device)
        return (numbers.unsqueeze(-1) == categories).to(self.dtype)

    def _counts(self, numbers: Tensor, weights: Tensor | None) -> Tensor:
        self._need_rank(numbers.dim(), 2)
        known = (numbers >= 0) & (numbers < self.depth)
        ones = known.to(self.dtype) if weights is None else known * weights.to(self.dtype)
        if numbers.dim() > 1:
            numbers, ones = numbers.movedim(1, -1), ones.movedim(1, -1)
        empty = torch.zeros(
            (*numbers.shape[:-1], self.depth), dtype=self.dtype, device=numbers.device
        )
        return empty.scatter_add(-1, numbers.clamp(0, self.depth - 1), ones)

    def _need_rank(self, rank: int, at_most: int) -> None:
        if rank > at_most and not self.any_rank:
            raise ValueError(
                f"CategoryEncoding: inputs of {self.mode} must have at most {at_most} axes "
                f"(a last one of size 1 aside), got {rank}."
            )

    def _check(self, numbers: Tensor) -> None:
        if torch.compiler.is_compiling() or torch.jit.is_tracing() or numbers.numel() == 0:
            return
        low, high = (int(end) for end in torch.aminmax(numbers))
        if low < 0 or high >= self.depth:
            raise ValueError(
                f"CategoryEncoding: categories must be from 0 to {self.depth - 1}, "
                f"got {low if low < 0 else high}."
            )

    def extra_repr(self) -> str:
        """Return the constructor's arguments."""
        return f"{self.depth}, mode={self.mode!r}, dtype={self.dtype}, any_rank={self.any_rank}"


class Bins(nn.Module):
    """Tell between which boundaries numbers lie: 0 below the first, n at the last and above.

    Source: Discretization of tf.keras 2.15.
    """

    boundaries: Tensor

    def __init__(self, boundaries: Sequence[float]) -> None:
        """Keep the boundaries."""
        super().__init__()
        self.register_buffer("boundaries", torch.empty(0), persistent=False)
        self.take(boundaries)

    def take(self, boundaries: Sequence[float]) -> None:
        """Set other boundaries."""
        values = torch.as_tensor(boundaries, dtype=torch.float32)
        self.boundaries = values.to(self.boundaries.device)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the numbers of the bins."""
        return torch.bucketize(inputs, self.boundaries.to(inputs.dtype), right=True)

    def extra_repr(self) -> str:
        """Return how many boundaries there are."""
        return f"{len(self.boundaries)} boundaries"


class NumberTable(nn.Module):
    """Look whole numbers up in a table.

    Args:
        default: for numbers that are not in the table, where there are no buckets.
        buckets: how many places numbers that are not in the table share, by their remainder.
        first_bucket: the first of those places.
        complete: whether to refuse numbers that are not in the table.

    Source: IntegerLookup of tf.keras 2.15.
    """

    keys: Tensor
    values: Tensor

    def __init__(
        self, default: int, buckets: int = 0, first_bucket: int = 0, complete: bool = False
    ) -> None:
        """Make an empty table."""
        super().__init__()
        self.default, self.buckets = default, buckets
        self.first_bucket, self.complete = first_bucket, complete
        for name in ("keys", "values"):
            self.register_buffer(name, torch.empty(0, dtype=torch.int64), persistent=False)

    def take(self, keys: Sequence[int], values: Sequence[int]) -> None:
        """Set the table."""
        device = self.keys.device
        ordered, order = torch.tensor(list(keys), dtype=torch.int64).sort()
        self.keys = ordered.to(device)
        self.values = torch.tensor(list(values), dtype=torch.int64)[order].to(device)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return what the table says."""
        numbers = inputs.long()
        rest = self._rest(numbers)
        if len(self.keys) == 0:
            return rest
        places = torch.searchsorted(self.keys, numbers).clamp(max=len(self.keys) - 1)
        found = self.keys[places] == numbers
        if self.complete and not bool(found.all()):
            missing = sorted(set(numbers[~found].tolist()))[:5]
            raise ValueError(f"IntegerLookup: inputs must be in the vocabulary, got {missing}.")
        return torch.where(found, self.values[places], rest)

    def _rest(self, numbers: Tensor) -> Tensor:
        """Return the places of numbers that are not in the table."""
        if self.buckets > 1:
            return torch.remainder(numbers, self.buckets) + self.first_bucket
        return torch.full_like(numbers, self.default)

    def extra_repr(self) -> str:
        """Return the size of the table, and what becomes of other numbers."""
        return f"{len(self.keys)} keys, default={self.default}, buckets={self.buckets}"
