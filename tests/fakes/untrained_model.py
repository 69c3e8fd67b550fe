"""A model with random weights: whole in form, empty of knowledge."""

from pathlib import Path

import torch

from mia_core.models.checkpoint import save_checkpoint
from mia_core.models.model_card import ModelCard
from mia_core.models.motion_transformer import MotionTransformer, MotionTransformerConfig
from mia_core.models.networks import weights_of


def untrained_network(seed: int = 0, config: MotionTransformerConfig | None = None) -> MotionTransformer:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return MotionTransformer(config or MotionTransformerConfig()).eval()


def untrained_card(name: str = "untrained") -> ModelCard:
    config = MotionTransformerConfig()
    return ModelCard(name, config.to_dict(), provenance="untrained", created_utc="2026-01-01T00:00:00+00:00")


def save_untrained(folder: Path, name: str = "untrained", seed: int = 0) -> Path:
    """Write `folder/name.safetensors` and `.json`; return the former."""
    weights = weights_of(untrained_network(seed))
    return save_checkpoint(folder / f"{name}.safetensors", untrained_card(name), weights)
