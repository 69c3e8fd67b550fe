"""Every action of the window with its shortcut: the one table behind buttons, keys and the help page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from app.live_page.icons import icon
from app.theme import Palette


@dataclass(frozen=True, slots=True)
class ActionEntry:
    """One action.

    Attributes:
        name: Identifier, such as `start_stop`.
        section: Heading on the help page.
        text: What it does, for people.
        keys: Its shortcuts, the one to show first.
        icon: Name of its icon, empty for none.
        short: Name on a button that shows a text, empty for `text`.
    """

    name: str
    section: str
    text: str
    keys: tuple[str, ...]
    icon: str = ""
    short: str = ""


ACTIONS: Final = (
    ActionEntry("show_live", "Pages", "Watch muscles live", ("Ctrl+1",), "person", "Live"),
    ActionEntry("show_sensors", "Pages", "Set up the sensors", ("Ctrl+2",), "sensors", "Sensors"),
    ActionEntry("show_record", "Pages", "Record a subject", ("Ctrl+3",), "take", "Record"),
    ActionEntry("show_sessions", "Pages", "Find recorded sessions", ("Ctrl+4",), "sessions", "Sessions"),
    ActionEntry("show_review", "Pages", "Review a session", ("Ctrl+5",), "review", "Review"),
    ActionEntry("choose_source", "Source", "Choose a source", ("I",), "camera"),
    ActionEntry("open_file", "Source", "Open a video file", ("O", "Ctrl+O"), "film"),
    ActionEntry("demo", "Source", "Watch the demo subject", ("D",), "person"),
    ActionEntry("start_stop", "Playing", "Start or stop", ("S",), "play"),
    ActionEntry("pause", "Playing", "Pause or go on", ("Space",), "pause"),
    ActionEntry("step", "Playing", "Next frame while paused", (".", "Right"), "step"),
    ActionEntry("record", "Playing", "Record what is watched, or end that", ("R",), "record"),
    ActionEntry("mirror", "Picture", "Show the image like a mirror", ("M",), "mirror"),
    ActionEntry("next_values", "Picture", "Muscles as predicted, or from sensors", ("V",)),
    ActionEntry("next_scale", "Picture", "Next colour scale", ("C",)),
    ActionEntry("full_scale_down", "Picture", "Full colour at a lower activation", ("-",)),
    ActionEntry("full_scale_up", "Picture", "Full colour at a higher activation", ("+", "=")),
    ActionEntry("next_lookahead", "Model", "Next look-ahead", ("L",)),
    ActionEntry("next_trace_length", "Picture", "Next length of the traces", ("W",)),
    ActionEntry("search_sensors", "Sensors", "Search for sensors", ("F5",), "search", "Search"),
    ActionEntry("connect_sensors", "Sensors", "Connect or disconnect the sensors", ("Ctrl+Return",), "", "Connect"),
    ActionEntry("free_muscle", "Sensors", "Take the sensor off the chosen muscle", ("Del",)),
    ActionEntry("undo", "Sensors", "Take back the last change", ("Ctrl+Z",), "undo"),
    ActionEntry("redo", "Sensors", "Make it again", ("Ctrl+Shift+Z", "Ctrl+Y"), "redo"),
    ActionEntry("take", "Recording", "Begin or end a take", ("R",), "record"),
    ActionEntry("go_on", "Recording", "Begin the exercise, or go on", ("Space",), "play", "Begin"),
    ActionEntry("hold", "Recording", "Pause the protocol", ("P",), "pause", "Pause"),
    ActionEntry("redo_trial", "Recording", "Do the exercise again", ("Backspace",), "undo", "Redo"),
    ActionEntry("skip_trial", "Recording", "Skip the exercise", ("N",), "step", "Skip"),
    ActionEntry("move_pictures", "Recording", "Let pictures of exercises move", ("V",), "film"),
    ActionEntry("marker", "Recording", "Mark this moment", ("M",), "flag", "Marker"),
    ActionEntry("ritual", "Recording", "Sync ritual", ("Y",), "sync"),
    ActionEntry("find_session", "Sessions", "Search", ("Ctrl+F",), "search"),
    ActionEntry("open_session", "Sessions", "Review the chosen session (Return)", ("Ctrl+Return",), "review", "Review"),
    ActionEntry("export_sessions", "Sessions", "Export the chosen sessions", ("Ctrl+E",), "export", "Export …"),
    ActionEntry("adapt_model", "Sessions", "Adapt the model to the subject", ("Ctrl+Shift+A",), "", "Adapt …"),
    ActionEntry("move_session", "Sessions", "Move the session to another subject", ("Ctrl+M",), "", "Move …"),
    ActionEntry("open_session_folder", "Sessions", "Open the session's folder", ("Ctrl+Shift+O",), "", "Open folder"),
    ActionEntry("discard_session", "Sessions", "Throw into the recycle bin", ("Del",), "", "Throw away"),
    ActionEntry("recycle_bin", "Sessions", "Recycle bin", ("Ctrl+B",), "bin"),
    ActionEntry("empty_bin", "Sessions", "Empty the recycle bin", ("Ctrl+Shift+Del",), "", "Empty …"),
    ActionEntry("delete_subject", "Sessions", "Delete the subject for ever", ("Shift+Del",), "", "Delete subject …"),
    ActionEntry("refresh_sessions", "Sessions", "Read the folder again", ("F5",), "refresh"),
    ActionEntry("play_session", "Reviewing", "Play or pause", ("Space",), "play"),
    ActionEntry("frame_back", "Reviewing", "One frame back", ("Left",), "step_back"),
    ActionEntry("frame_on", "Reviewing", "One frame on", ("Right",), "step"),
    ActionEntry("second_back", "Reviewing", "One second back", ("Shift+Left",)),
    ActionEntry("second_on", "Reviewing", "One second on", ("Shift+Right",)),
    ActionEntry("trial_back", "Reviewing", "Trial before", ("Up",)),
    ActionEntry("trial_on", "Reviewing", "Next trial", ("Down",)),
    ActionEntry("trim_begin", "Reviewing", "Let the trial begin here", ("[",), "", "Begin here"),
    ActionEntry("trim_end", "Reviewing", "Let the trial end here", ("]",), "", "End here"),
    ActionEntry("relabel_trial", "Reviewing", "Give the trial another name", ("F2",), "", "Relabel …"),
    ActionEntry("compare_trial", "Reviewing", "Compare the trial with another", ("Ctrl+K",), "", "Compare"),
    ActionEntry("undo_edit", "Reviewing", "Take back the last change of a trial", ("Ctrl+Z",), "undo"),
    ActionEntry("redo_edit", "Reviewing", "Make it again", ("Ctrl+Shift+Z", "Ctrl+Y"), "redo"),
    ActionEntry("run_model", "Reviewing", "Run another model on the session", ("Ctrl+R",), "", "Run a model …"),
    ActionEntry("watch_session", "Reviewing", "Watch the session's video live", ("Ctrl+L",), "person", "Watch live"),
    ActionEntry(
        "overlay_video", "Reviewing", "Export the video with skeleton and muscles", ("Ctrl+E",), "export", "Video …"
    ),
    ActionEntry("open_review", "Reviewing", "Open another session folder", ("Ctrl+O",), "film", "Open …"),
    ActionEntry("settings", "Model", "Choose other models", ("Ctrl+,",), "settings"),
    ActionEntry("theme", "Window", "Light or dark", ("T",), "theme"),
    ActionEntry("full_screen", "Window", "Full screen", ("F11",), "fullscreen"),
    ActionEntry("help", "Window", "Show all shortcuts", ("F1", "?"), "help"),
    ActionEntry("quit", "Window", "Quit", ("Ctrl+Q",)),
)
_PAGES_OF: Final = {
    "Source": "live",
    "Playing": "live",
    "Picture": "live",
    "Sensors": "sensors",
    "Recording": "record",
    "Sessions": "sessions",
    "Reviewing": "review",
}
"""Sections whose actions work on one page only; there and nowhere else their keys count."""


class LiveActions:
    """The actions of one window, found by name."""

    def __init__(self, window: QWidget) -> None:
        self._actions: dict[str, QAction] = {}
        for entry in ACTIONS:
            action = QAction(entry.text, window)
            action.setShortcuts([QKeySequence(key) for key in entry.keys])
            action.setIconText(entry.short or entry.text)
            action.setToolTip(f"{entry.text} ({shown_key(entry.keys[0])})")
            window.addAction(action)
            self._actions[entry.name] = action
        for name in (
            "show_live",
            "show_sensors",
            "show_record",
            "mirror",
            "full_screen",
            "record",
            "show_sessions",
            "show_review",
            "recycle_bin",
            "compare_trial",
            "move_pictures",
        ):
            self._actions[name].setCheckable(True)

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def connect(self, handlers: dict[str, Callable[[], object]]) -> None:
        """Call a handler when its action is triggered."""
        for name, handler in handlers.items():
            self._actions[name].triggered.connect(lambda _checked=False, call=handler: call())

    def show_page(self, page: str) -> None:
        """Let the keys of one page work, and those of no other."""
        self._actions[f"show_{page}"].setChecked(True)
        for entry in ACTIONS:
            self._actions[entry.name].setVisible(_PAGES_OF.get(entry.section, page) == page)

    def set_look(self, colours: Palette, *, running: bool, recorded: str) -> None:
        """Draw the icons in the theme's colours.

        Start turns into stop while something runs, and record into the time that has been `recorded`, unless empty.
        """
        for entry in ACTIONS:
            if entry.icon:
                self._actions[entry.name].setIcon(icon(entry.icon, colours.text, colours.muted))
        self._actions["go_on"].setIcon(icon("play", colours.on_accent, colours.muted))
        start_stop = self._actions["start_stop"]
        start_stop.setIcon(icon("stop" if running else "play", colours.on_accent, colours.muted))
        start_stop.setIconText("Stop" if running else "Start")
        record = self._actions["record"]
        record.setIcon(icon("record", colours.on_accent if recorded else colours.error, colours.muted))
        record.setIconText(recorded or "Record")


def shown_key(key: str) -> str:
    """Return a shortcut as people read it on this system."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
