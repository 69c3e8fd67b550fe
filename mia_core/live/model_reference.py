"""What a session says of the model behind its predictions."""

from __future__ import annotations

from mia_core.models.activation_model import ActivationModel


def model_reference(model: ActivationModel) -> dict[str, object]:
    """Return what a reader needs to know of the model."""
    card = model.card
    return {
        "name": card.name,
        "weights_sha256": model.weights_sha256,
        "provenance": card.provenance,
        "activation_unit": card.activation_unit,
        "licence": card.licence,
        "low_confidence": list(card.low_confidence),
        "device": model.device_label,
    }
