"""What scripts ask of `tf.test` and `tf.config`: which devices there are."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

from kshim.layers.device import set_device


class PhysicalDevice(NamedTuple):
    """Name a device as tensorflow does."""

    name: str
    device_type: str


def is_gpu_available(cuda_only: bool = False, min_cuda_compute_capability: object = None) -> bool:
    """Return whether torch sees a CUDA device."""
    return torch.cuda.is_available()


def is_built_with_cuda() -> bool:
    """Return whether this torch was built for CUDA."""
    return torch.version.cuda is not None


def gpu_device_name() -> str:
    """Return tensorflow's name of the first GPU, or an empty text without one."""
    return "/device:GPU:0" if torch.cuda.is_available() else ""


def list_physical_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """Return the CPU and the CUDA devices, or those of one type."""
    devices = [PhysicalDevice("/physical_device:CPU:0", "CPU")] + [
        PhysicalDevice(f"/physical_device:GPU:{number}", "GPU")
        for number in range(torch.cuda.device_count())
    ]
    return [device for device in devices if device_type in (None, device.device_type)]


def set_memory_growth(device: PhysicalDevice, enable: bool) -> None:
    """Accept the wish: torch's allocator always grows as needed."""


def get_visible_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """Return the CPU and the CUDA devices, or those of one type."""
    return list_physical_devices(device_type)


def set_visible_devices(devices: Any, device_type: str | None = None) -> None:
    """Make new weights on the devices named alone: with no GPU among them, on the CPU."""
    named = devices if isinstance(devices, list | tuple) else [devices] if devices else []
    if device_type in (None, "GPU"):
        gpus = [it.name.rpartition("device:")[2] for it in named if it.device_type == "GPU"]
        set_device(f"/{gpus[0]}" if gpus else "cpu")


list_logical_devices = get_visible_devices


class LogicalDeviceConfiguration(NamedTuple):
    """Say how much memory a part of a device has: taken, without effect."""

    memory_limit: float | None = None
    experimental_priority: int | None = None
    experimental_device_ordinal: int | None = None


VirtualDeviceConfiguration = LogicalDeviceConfiguration


def _wish(*options: object, **more: object) -> None:
    """Accept the wish: torch takes memory as it needs it, and compiles where it is told to."""


set_logical_device_configuration = set_virtual_device_configuration = _wish
set_soft_device_placement = set_jit = set_experimental_options = _wish
set_inter_op_parallelism_threads = _wish


def set_intra_op_parallelism_threads(num_threads: int) -> None:
    """Say with how many threads one operation computes; 0 leaves it to torch."""
    if num_threads:
        torch.set_num_threads(int(num_threads))


def get_intra_op_parallelism_threads() -> int:
    """Return with how many threads one operation computes."""
    return torch.get_num_threads()
