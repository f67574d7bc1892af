"""States: torch's `state_dict` of the lowered model, as safetensors or as torch.save writes it.

The keys are those of the torch modules, `dense_1.weight`; the layout is torch's, not Keras's.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor

from kshim.core.replacing import in_place_of, with_usual_mode
from kshim.errors import FileError, MissingPackage, WeightError
from kshim.saving.h5 import GROWTH
from kshim.saving.members import is_archive

SAFE = ".safetensors"
ENDINGS = (SAFE, ".pt", ".pth")


def save_state(model: Any, path: str) -> None:
    """Write the state of a model; the old file stays until the new one is whole.

    Raises:
        MissingPackage: when safetensors is missing.
    """
    model.need_built("saved")
    state = {key: it.detach().cpu().contiguous() for key, it in model.state_dict().items()}
    save = _safetensors().save_file if path.endswith(SAFE) else torch.save
    apart = {key: it.clone() for key, it in state.items()}  # safetensors takes no shared memory
    with in_place_of(path) as draft:
        try:
            with with_usual_mode(draft):
                save(apart, draft)
        except OSError:
            raise
        except Exception as error:  # safetensors raises an exception class of its own
            reason = str(error).partition("\n")[0]
            raise FileError(
                f"{path}: must be on a disk with room, got: {reason}. The old file is untouched."
            ) from error


def load_state(model: Any, path: str) -> None:
    """Read the state of a model; nothing in the file is executed.

    Raises:
        FileError: when the file is not of its format, or holds anything but tensors.
        WeightError: listing all that does not fit; no weight is changed then.
    """
    model.need_built("given weights")
    stored = _read_safely(path) if path.endswith(SAFE) else _read_torch(path)
    own = model.state_dict()
    wrong = _mismatches(own, stored)
    if wrong:
        raise WeightError(f"{path}: weights do not fit: {'; '.join(wrong)}.")
    with torch.no_grad():
        for key, tensor in own.items():
            tensor.copy_(stored[key])


def _mismatches(own: Mapping[str, Tensor], stored: Mapping[str, Tensor]) -> list[str]:
    """Return what does not fit between a model's state and a stored one."""
    missing = [f"{key} must be in the file, got nothing" for key in own if key not in stored]
    extra = [f"the model must have {key}, got none" for key in stored if key not in own]
    shapes = [
        f"{key} must have shape {tuple(it.shape)}, got {tuple(stored[key].shape)}"
        for key, it in own.items()
        if key in stored and it.shape != stored[key].shape
    ]
    return missing + extra + shapes


def _read_safely(path: str) -> dict[str, Tensor]:
    package = _safetensors()
    if not os.path.isfile(path):
        raise FileNotFoundError(f"{path}: must be a file that is there.")
    try:
        state: dict[str, Tensor] = package.load_file(path)
    except Exception as error:  # safetensors raises an exception class of its own
        raise FileError(f"{path}: must be a whole safetensors file, got {error}.") from None
    return state


def _read_torch(path: str) -> dict[str, Tensor]:
    """Return the tensors that torch.save wrote, by torch's reader of plain data alone."""
    _check_sizes(path)
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise
    except Exception as error:  # unpickling damaged bytes may raise anything
        other = isinstance(error, UnpicklingError)  # whose words advise to read it unsafely
        reason = "a pickle of other objects" if other else str(error).partition("\n")[0]
        raise FileError(f"{path}: must be a whole file of tensors, got {reason}.") from None
    if not isinstance(state, Mapping) or not all(isinstance(it, Tensor) for it in state.values()):
        raise FileError(f"{path}: must hold a state_dict of tensors, got {type(state).__name__}.")
    return dict(state)


def _check_sizes(path: str) -> None:
    """Refuse what is no zip archive, or inflates past what its size can account for."""
    if os.path.exists(path) and not is_archive(path):
        raise FileError(f"{path}: must be a zip archive, as torch.save writes, got none.")
    try:
        with zipfile.ZipFile(path) as archive:
            inflated = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise FileError(f"{path}: must be a whole zip archive, got {error}.") from None
    limit = 2 * os.path.getsize(path) + GROWTH
    if inflated > limit:
        raise FileError(f"{path}: must inflate to at most {limit} bytes, got {inflated}.")


def _safetensors() -> Any:
    try:
        import safetensors.torch
    except ImportError:
        raise MissingPackage("save_weights", "safetensors", "safetensors") from None
    return safetensors.torch
