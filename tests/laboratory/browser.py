"""A page opened in headless Chromium: what it says on the console, and what it asks the network for."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass(frozen=True)
class Visit:
    """What opening a page led to: the document at the end, lines on the console, addresses that the page asked for."""

    document: str
    console: list[str]
    requests: list[str]


def open_page(page: Path, scratch: Path) -> Visit:
    """Open a page from disk in a browser with an empty profile, cut off from the network; skip where there is none."""
    browser = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if browser is None:
        pytest.skip("needs Chromium (apt-get install chromium)")
    log = scratch / "net.json"
    options = (
        *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
        *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps"),
        *("--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={scratch / 'profile'}"),
        *("--enable-logging=stderr", f"--log-net-log={log}", "--dump-dom"),
    )
    done = subprocess.run(
        [browser, *options, page.as_uri()], capture_output=True, text=True, timeout=100, check=True, encoding="utf-8"
    )
    events = json.loads(log.read_text(encoding="utf-8"))["events"]
    asked = [event["params"] for event in events if "initiator" in event.get("params", {})]
    return Visit(
        document=done.stdout,
        console=[line for line in done.stderr.splitlines() if ":CONSOLE" in line],
        # What the browser asks for on its own account, such as updates, has no page as its origin.
        requests=[str(of["url"]) for of in asked if of["initiator"] != "not an origin"],
    )
