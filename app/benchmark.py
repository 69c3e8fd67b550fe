"""`mia benchmark live`: the whole pipeline against the bare pose extractor, on the same frames, in the same run.

Every number is a ratio to something measured beside it, so that a slow or busy machine slows both. The pipeline is the
real one: capture from the file, pose, model, overlay on the person, body map, traces, painted by the real window (off
the screen when there is none).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEventLoop, QSettings
from rich.console import Console

from app.app_settings import SettingsStore
from app.live_page.pipeline_protocol import Pipeline, Setup
from app.live_page.source_choice import SourceChoice, SourceKind
from app.main_window import MainWindow
from app.pipelines import Models, make_pipeline, make_source
from app.played_muscles import PlayedMuscles
from app.window import make_application, sensor_access
from mia_core.clock import SystemClock
from mia_core.errors import MiaError
from mia_core.live.pipeline import PipelineSettings
from mia_core.live.snapshot import PipelineState
from mia_core.models.runtime import ActivationRuntime
from mia_core.models.runtime_benchmark import measure_model_ms
from mia_core.samples import Frame
from mia_core.streams import EndOfStream

ROUNDS = 3
"""Extractor and pipeline are measured in turns this often; the median round counts."""
TIMEOUT_S = 120.0
MAX_FRAMES_HELD = 300
WARM_UP_FRAMES = 10
MIN_FRAMES = 60


class BenchmarkError(MiaError):
    """There is nothing sensible to measure on."""


@dataclass(frozen=True, slots=True)
class LiveBenchmark:
    """The outcome of `mia benchmark live`.

    Attributes:
        source: What was measured on.
        frames: Frames in each round.
        pipeline_fps: Frames a second that went the whole way from the file to a painted window.
        extractor_fps: Frames a second of the bare pose extractor, frames already in memory.
        fps_ratio: `pipeline_fps` over `extractor_fps`.
        painted_share: Share of the pipeline's frames that were painted; the window passes over those that it is too
            slow for.
        extractor_median_ms: Median time of one extractor call.
        age_p50_ms: Half of the painted muscles are younger than this, at the source's own pace; from the arrival of
            the newest frame to the end of painting. The look-ahead is not in it, as it is not in the frame's age.
        age_p95_ms: The same for 95 %.
        age_ratio: `age_p95_ms` over `extractor_median_ms`.
        model_ms: Median time of one prediction.
        eager_model_ms: The same for the paper's network, eager, one thread.
        model_ratio: `model_ms` over `eager_model_ms`.
        start_to_window_s: From the start of the process to the first painted window; None in a packaged application,
            which can't start itself as a module.
        start_to_colours_s: The same to the first coloured muscle; None also when none came.
        rss_mb: Memory of that process at that time.
        device: What the model ran on.
        model: Name of the model.
    """

    source: str
    frames: int
    pipeline_fps: float
    extractor_fps: float
    fps_ratio: float
    painted_share: float
    extractor_median_ms: float
    age_p50_ms: float
    age_p95_ms: float
    age_ratio: float
    model_ms: float
    eager_model_ms: float
    model_ratio: float
    start_to_window_s: float | None
    start_to_colours_s: float | None
    rss_mb: float | None
    device: str
    model: str


def benchmark_live(choice: SourceChoice, models: Models, seconds: float, *, as_json: bool) -> None:
    """Measure, and print the outcome."""
    outcome = measure(choice, models, seconds)
    if as_json:
        sys.stdout.write(json.dumps(asdict(outcome), indent=2) + "\n")
        return
    console = Console()
    for name, value in asdict(outcome).items():
        console.print(f"{name:22} {value:.3f}" if isinstance(value, float) else f"{name:22} {value}", highlight=False)


def measure(choice: SourceChoice, models: Models, seconds: float) -> LiveBenchmark:
    """Measure everything on the first `seconds` of a file or of the demo.

    Raises:
        BenchmarkError: The source is a camera or too short.
        MiaError: The source can't be opened.
    """
    frames = _read_frames(choice, seconds)
    start = _measure_start(choice, models)
    rounds = []
    for _ in range(ROUNDS):
        extractor_s = _time_extractor(frames, models)
        painted_fps, painted_share = _time_pipeline(choice, models, len(frames))
        rounds.append((painted_fps, 1 / extractor_s.mean(), painted_share, np.median(extractor_s)))
    pipeline_fps, extractor_fps, painted_share, extractor_s_median = np.median(np.array(rounds), axis=0)
    ages_ms, device = _measure_ages(choice, models, seconds)
    age_p50_ms, age_p95_ms = np.percentile(ages_ms, [50, 95])
    extractor_ms = 1000 * extractor_s_median
    runtime = models.make_model()
    if not isinstance(runtime, ActivationRuntime):
        raise TypeError(f"cannot time a {type(runtime).__name__}")
    model_ms, eager_model_ms = measure_model_ms(runtime)
    return LiveBenchmark(
        source=choice.label,
        frames=len(frames),
        pipeline_fps=float(pipeline_fps),
        extractor_fps=float(extractor_fps),
        fps_ratio=float(np.median([pipeline / extractor for pipeline, extractor, _, _ in rounds])),
        painted_share=float(painted_share),
        extractor_median_ms=float(extractor_ms),
        age_p50_ms=float(age_p50_ms),
        age_p95_ms=float(age_p95_ms),
        age_ratio=float(age_p95_ms / extractor_ms),
        model_ms=model_ms,
        eager_model_ms=eager_model_ms,
        model_ratio=model_ms / eager_model_ms,
        start_to_window_s=start.get("start_to_window_s"),
        start_to_colours_s=start.get("start_to_colours_s"),
        rss_mb=start.get("rss_mb"),
        device=device,
        model=runtime.card.name,
    )


def _read_frames(choice: SourceChoice, seconds: float) -> list[Frame]:
    """Hold the first frames in memory, so that the extractor is timed alone."""
    if choice.kind is SourceKind.CAMERA:
        raise BenchmarkError("A camera gives other frames every time.", "Measure on a video file or on demo.")
    source = make_source(choice, realtime=False)
    source.open()
    frames: list[Frame] = []
    try:
        while len(frames) < MAX_FRAMES_HELD:
            frame = source.read()
            if frame is None or frame.timestamp_s >= seconds:
                break
            frames.append(frame)
    except EndOfStream:
        pass
    finally:
        source.close()
    if len(frames) < MIN_FRAMES:
        raise BenchmarkError(
            f"{choice.label} has {len(frames)} frames, too few to measure on.", "Take a video of 3 s or more."
        )
    return frames


def _time_extractor(frames: list[Frame], models: Models) -> np.ndarray:
    """Return the seconds of each call; the first ones warm up and are left out."""
    clock = SystemClock()
    estimator = models.make_estimator()
    spent_s = []
    for frame in frames:
        started_s = clock.now()
        estimator.estimate(frame)
        spent_s.append(clock.now() - started_s)
    estimator.close()
    return np.array(spent_s[WARM_UP_FRAMES:])


def _time_pipeline(choice: SourceChoice, models: Models, n_frames: int) -> tuple[float, float]:
    """Run the first frames as fast as they go, without those that warm up.

    Returns:
        Painted frames a second, and the share of the estimated frames that were painted.
    """
    clock = SystemClock()
    painted: list[tuple[int, float]] = []
    with _Window(choice, models, PipelineSettings(lossless=True)) as window:
        while not window.ended:
            window.process_events()
            frame = window.painted_frame
            if frame is None or frame.index < WARM_UP_FRAMES or (painted and frame.index == painted[-1][0]):
                continue
            painted.append((frame.index, clock.now()))
            if frame.index >= n_frames - WARM_UP_FRAMES:
                break
    (first, first_s), (last, last_s) = painted[0], painted[-1]
    return (len(painted) - 1) / (last_s - first_s), (len(painted) - 1) / (last - first)


def _measure_ages(choice: SourceChoice, models: Models, seconds: float) -> tuple[np.ndarray, str]:
    """Run at the source's own pace; return the ages of the painted muscles in ms, and the device."""
    with _Window(choice, models, PipelineSettings()) as window:
        device = ""
        while not window.ended and window.position_s < seconds:
            window.process_events()
            device = window.device or device
        return window.ages_ms, device


class _Window:
    """The real window on a source, with the user's settings left alone, until the block ends."""

    def __init__(self, choice: SourceChoice, models: Models, settings: PipelineSettings) -> None:
        self._application = make_application()
        self._folder = tempfile.TemporaryDirectory()
        store = SettingsStore(QSettings(str(Path(self._folder.name) / "s.ini"), QSettings.Format.IniFormat))

        def create(wanted: SourceChoice, _setup: Setup) -> Pipeline:
            return make_pipeline(wanted, models, settings)

        self._window = MainWindow(create, list, store, sensor_access(PlayedMuscles()), choice)
        self._clock = SystemClock()
        self._give_up_s = self._clock.now() + TIMEOUT_S

    def __enter__(self) -> _Window:
        self._window.show()
        return self

    def __exit__(self, *_: object) -> None:
        self._window.close()
        self._folder.cleanup()

    def process_events(self) -> None:
        """Let the window work; return soon after something happened."""
        self._application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)

    @property
    def painted_frame(self) -> Frame | None:
        """The frame on the screen."""
        snapshot = self._window.live_page.snapshot
        return snapshot.frame if snapshot is not None else None

    @property
    def position_s(self) -> float:
        """The moment on the screen, in seconds of the source."""
        snapshot = self._window.live_page.snapshot
        return snapshot.position_s if snapshot is not None else 0.0

    @property
    def device(self) -> str:
        """What the model runs on."""
        snapshot = self._window.live_page.snapshot
        return snapshot.health.device if snapshot is not None else ""

    @property
    def ages_ms(self) -> np.ndarray:
        """Ages of the painted muscles."""
        return self._window.live_page.ages.ages_ms

    @property
    def ended(self) -> bool:
        """Whether the source has ended, failed, or takes far too long."""
        snapshot = self._window.live_page.snapshot
        over = snapshot is not None and snapshot.state in (PipelineState.FINISHED, PipelineState.FAILED)
        return over or self._clock.now() > self._give_up_s


def _measure_start(choice: SourceChoice, models: Models) -> dict[str, float | None]:
    """Start the application in a process of its own and return the three numbers that it reports."""
    if getattr(sys, "frozen", False):
        return {}
    started_s = SystemClock().utc().timestamp()
    command = [sys.executable, "-m", "app.start_probe", str(choice), models.activation, str(started_s)]
    outcome = subprocess.run(command, capture_output=True, text=True, check=True, timeout=TIMEOUT_S)
    return dict(json.loads(outcome.stdout.splitlines()[-1]))
