"""Start the application as a user would, and report how long it took.

`python -m app.start_probe SOURCE MODEL STARTED`, where STARTED is the UTC time stamp at which the command was given:
the system's own record of it is too coarse.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import psutil
from PySide6.QtCore import QEventLoop, QSettings

from app.app_settings import SettingsStore
from app.live_page.source_choice import SourceChoice
from app.pipelines import Models
from app.window import make_application, make_window
from mia_core.clock import SystemClock

TIMEOUT_S = 60.0


def main() -> None:
    """Open the window, wait for colours, print three numbers as JSON."""
    process = psutil.Process()
    clock = SystemClock()
    started_s = float(sys.argv[3])
    sys.setswitchinterval(0.001)
    application = make_application()
    with tempfile.TemporaryDirectory() as folder:
        store = SettingsStore(QSettings(str(Path(folder) / "settings.ini"), QSettings.Format.IniFormat))
        window = make_window(SourceChoice.parse(sys.argv[1]), Models(sys.argv[2]), store)
        window.show()
        application.processEvents()
        window.grab()
        window_s = clock.utc().timestamp() - started_s
        give_up_s = clock.now() + TIMEOUT_S
        while len(window.live_page.ages.ages_ms) == 0 and clock.now() < give_up_s:
            application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        coloured = len(window.live_page.ages.ages_ms) > 0
        colours_s = clock.utc().timestamp() - started_s if coloured else None
        memory_mb = process.memory_info().rss / 1e6
        window.close()
    numbers = {"start_to_window_s": window_s, "start_to_colours_s": colours_s, "rss_mb": memory_mb}
    sys.stdout.write(json.dumps(numbers) + "\n")


if __name__ == "__main__":
    main()
