"""What the ways of sync came to, as a session keeps it, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mia_core.recording.recording_manifest import RecordingManifest


def sync_words(what: str, content: Mapping[str, Any]) -> str:
    """Return an offset and its spread, such as `camera +100 ms, spread 10 ms`, with a word when it was refused."""
    try:
        offset_ms, spread_ms = 1e3 * float(content["offset_s"]), 1e3 * float(content["spread_s"])
    except (KeyError, TypeError, ValueError):
        return "can't be read"
    words = f"{what} {offset_ms:+.0f} ms, spread {spread_ms:.0f} ms".replace("-", "\N{MINUS SIGN}")
    return words if content.get("accepted") is True else f"{words}: refused"


def sync_lines(manifest: RecordingManifest) -> tuple[str, ...]:
    """Return one line for each way of sync that was gone."""
    ways = (("Sync", "offset", manifest.sync), ("Light", "camera", manifest.light_sync))
    return tuple(f"{name}: {sync_words(what, content)}" for name, what, content in ways if content is not None)
