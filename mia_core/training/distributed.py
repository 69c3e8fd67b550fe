"""The processes that train one network together, as `torchrun` starts them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from mia_core.errors import MiaError
from mia_core.models.devices import present_devices


class ProcessesError(MiaError):
    """So many processes can't train together here."""


@dataclass(frozen=True, slots=True)
class Processes:
    """One process's place among those that share every batch; usually it is the only one.

    Attributes:
        rank: Its number, from 0.
        world: How many there are.
        device: Where it computes.
    """

    rank: int
    world: int
    device: torch.device

    @property
    def leads(self) -> bool:
        """Whether this process evaluates, saves and reports; the others only compute."""
        return self.rank == 0

    def total(self, *numbers: float) -> tuple[float, ...]:
        """Add up each number over all processes, which must all ask at the same point."""
        if self.world == 1:
            return numbers
        shared = torch.tensor(numbers, dtype=torch.float64, device=self.device)
        distributed.all_reduce(shared)
        return tuple(shared.tolist())

    def wrap(self, network: nn.Module, *, has_idle_parameters: bool) -> nn.Module:
        """Return the network such that gradients become their mean over all processes.

        Args:
            network: On `device`, the same in all processes.
            has_idle_parameters: Whether some parameters have no part in the output.
        """
        if self.world == 1:
            return network
        devices = [self.device.index] if self.device.type == "cuda" else None
        return DistributedDataParallel(network, devices, find_unused_parameters=has_idle_parameters)


def leads() -> bool:
    """Return whether this process is the only one, or the one of its processes that reports."""
    return int(os.environ.get("RANK", "0")) == 0


@contextmanager
def joined() -> Iterator[Processes]:
    """Join the processes that `torchrun` started, until the block ends; without it, be the only one.

    They talk by NCCL where each has a CUDA device of its own, and otherwise by Gloo on the CPU. A block inside another
    one joins the same group: PyTorch can make it only once.

    Raises:
        ProcessesError: There are fewer CUDA devices than processes on this machine.
    """
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world == 1:
        yield Processes(0, 1, present_devices()[0])
        return
    device = _own_device(int(os.environ.get("LOCAL_RANK", "0")))
    is_outer = not distributed.is_initialized()
    if is_outer:
        distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Processes(distributed.get_rank(), world, device)
        if is_outer:  # one that ended while others still save was seen to abort with Gloo's threads at work
            distributed.barrier()
    finally:
        if is_outer:
            distributed.destroy_process_group()


def _own_device(local_rank: int) -> torch.device:
    n_devices = torch.cuda.device_count()
    if not n_devices:
        return torch.device("cpu")
    if local_rank >= n_devices:
        raise ProcessesError(
            f"Process {local_rank + 1} on this machine has no CUDA device: there are {n_devices}.",
            f"Start torchrun with --nproc-per-node {n_devices}, or hide the devices with CUDA_VISIBLE_DEVICES=.",
        )
    device = torch.device("cuda", local_rank)
    torch.cuda.set_device(device)
    return device
