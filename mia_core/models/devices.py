"""Where torch can compute."""

from __future__ import annotations

from typing import Literal

import torch

DeviceChoice = Literal["auto", "cpu", "cuda", "mps"]


def present_devices(choice: DeviceChoice = "auto") -> list[torch.device]:
    """Return the devices to try, best first.

    Args:
        choice: One device, or `auto` for all: CUDA, then MPS, then the CPU.

    Returns:
        Those of them that torch says are there; whether they work, only a try tells.
    """
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    wanted = tuple(present) if choice == "auto" else (choice,)
    return [torch.device(name) for name in wanted if present[name]]


def device_label(device: torch.device) -> str:
    """Return the device's name for people: `CUDA: <name>`, `MPS` or `CPU`."""
    return f"CUDA: {torch.cuda.get_device_name(device)}" if device.type == "cuda" else device.type.upper()
