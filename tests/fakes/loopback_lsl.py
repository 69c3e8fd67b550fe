"""The Lab Streaming Layer on this machine alone."""

from __future__ import annotations

import os
from typing import Any

import pytest

CONFIGURATION = f"""[multicast]
ResolveScope = machine
ListenAddress = 127.0.0.1
TTLOverride = 0
[ports]
IPv6 = disable
[lab]
KnownPeers = {{127.0.0.1}}
SessionID = mia-test-{os.getpid()}
[log]
level = -3
"""
RESOLVE_S = 10.0


@pytest.fixture(scope="session")
def loopback_lsl(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """pylsl, in a session of its own that stays on this machine; the library reads its settings once.

    Other processes that run the same tests have other sessions, and so do not see our streams.
    """
    path = tmp_path_factory.mktemp("lsl") / "lsl_api.cfg"
    path.write_text(CONFIGURATION)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LSLAPICFG", str(path))
        try:
            import pylsl
        except (ImportError, RuntimeError) as error:
            pytest.skip(f"pylsl can't be used here: {error}")
        outlet = pylsl.StreamOutlet(pylsl.StreamInfo("probe", "probe", 1, 0.0, pylsl.cf_float32, "probe"))
        if not pylsl.resolve_byprop("source_id", "probe", 1, RESOLVE_S):
            pytest.skip("no stream can be found on this machine: multicast on loopback is not available")
        del outlet
        yield pylsl


def inlet(pylsl: Any, name: str, timeout_s: float = RESOLVE_S) -> Any:
    """Open the only stream of a name; when it ends, pulling from it raises `pylsl.util.LostError`."""
    (info,) = pylsl.resolve_byprop("name", name, 1, timeout_s)
    opened = pylsl.StreamInlet(info, recover=False)  # liblsl 1.18 may wait for ever for one that comes back
    opened.open_stream(RESOLVE_S)
    return opened


def labels_and_units(stream: Any) -> list[tuple[str, str]]:
    """The channels as the stream describes them."""
    info = stream.info(RESOLVE_S)
    return list(zip(info.get_channel_labels(), info.get_channel_units(), strict=True))
