"""The page on which a session is looked at again, on made sessions whose numbers tell where they belong."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QFont
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QInputDialog, QMessageBox
from pytestqt.qtbot import QtBot

from app.live_page.body_figure import BodyFigure
from app.live_page.panel import ElidedLabel
from app.live_page.source_choice import SourceKind
from app.main_window import MainWindow
from app.played_film import PlayedFilm
from app.review_page.comparison import Compared
from app.review_page.lane_painter import Plotted
from app.review_page.overlay_board import HEIGHT, WIDTH, OverlayBoard
from app.review_page.review_access import ReviewAccess
from app.review_page.review_page import ReviewPage
from app.review_page.reviewed_session import ReviewedSession, run_model
from app.review_page.session_player import SessionPlayer
from app.review_page.trial_card import WIDTH_PX, TrialCard
from app.review_page.trial_numbers import NOT_KNOWN, asymmetry_text, clock_text, muscle_rows, points, summary_of
from app.sensor_choice import SensorChoice, SensorKind
from app.sensor_sources import make_sensors
from app.theme import DARK
from mia_core.bundled import BODY_MAP
from mia_core.colour_scale import PAPER
from mia_core.errors import ModelNotFoundError, VideoFileError
from mia_core.export.recorded_session import RecordedSession
from mia_core.models.activation_model import ActivationModel, Prediction
from mia_core.models.checkpoint import DEFAULT_MODEL
from mia_core.models.model_card import ModelCard
from mia_core.muscles import MONTAGE, Muscle, Side
from mia_core.opencv import cv2
from mia_core.processing.trial_summary import peak_means, summarise_trial
from mia_core.recording.session_review import read_review
from mia_core.samples import STEP_S, Floats, MuscleActivation
from mia_core.sensors.sensor_montage import SensorId, SensorMontage
from mia_core.sensors.sensor_source import SensorSource
from tests.export.made_sessions import HZ, IMAGE, make_session
from tests.fakes.clock import FakeClock
from tests.fakes.filmed_sessions import film, frame_of
from tests.fakes.people import HipModel
from tests.gui.fake_pipeline import FakePipeline
from tests.gui.sensor_doors import SERIALS, Doors

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
TRIALS = (("squat", 1.0, 4.0), ("side_lunge", 5.0, 8.0), ("squat", 8.5, 11.5))


class HalfModel(HipModel):
    """Says half of what the other one says."""

    card = ModelCard(name="half", network={}, provenance="a test")

    def predict(
        self, keypoints_px: Floats, confidence: Floats, image_size_px: tuple[float, float], last_steps: int = 1
    ) -> Prediction:
        said = super().predict(keypoints_px, confidence, image_size_px, last_steps)
        return Prediction(said.values / 2, said.low / 2, said.high / 2)


@dataclass
class Rig:
    """The page in its window, with a session."""

    window: MainWindow
    page: ReviewPage
    folder: Path
    qtbot: QtBot

    def settle(self) -> None:
        self.qtbot.waitUntil(lambda: not self.page.is_busy)

    def load(self, folder: Path) -> None:
        self.page.load(folder)
        self.settle()

    def use_models(self, load: Callable[[str], ActivationModel]) -> None:
        self.page.work.load_model = load

    def do(self, action: str) -> None:
        self.window.actions_by_name[action].trigger()

    @property
    def session(self) -> ReviewedSession:
        assert self.page.session is not None
        return self.page.session

    @property
    def shown_frame(self) -> int:
        frame = self.page.stage.view._snapshot.frame
        assert frame is not None
        return frame.index


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_session(tmp_path / "sub-P01" / "ses-1", trials=TRIALS)


@pytest.fixture
def open_page(qtbot: QtBot, folder: Path, open_window: Callable[..., MainWindow]) -> Iterator[Callable[[], Rig]]:
    windows: list[MainWindow] = []

    def make() -> Rig:
        window = open_window(lambda *_: FakePipeline())
        windows.append(window)
        window.show_page("review")
        rig = Rig(window, window.review_page, folder, qtbot)
        rig.load(folder)
        return rig

    yield make
    for window in windows:
        window.close()


def test_the_session_is_loaded_with_trials_marks_and_tracks(open_page: Callable[[], Rig]) -> None:
    rig = open_page()
    assert [(trial.exercise, trial.take) for trial in rig.session.trials] == [
        ("squat", 1),
        ("side_lunge", 1),
        ("squat", 1),
    ]
    assert [(round(mark.time_s, 3), mark.text) for mark in rig.session.marks] == [(1.0, "marker: slipped")]
    assert [track.name for track in rig.session.tracks] == ["hip, live", "Simulated sEMG"]
    assert rig.page.trials.count() == 3
    assert rig.page.stage.note.text() == "Keypoints only: no picture was kept"
    assert not rig.window.actions_by_name["watch_session"].isEnabled()


def test_every_moment_shows_its_person_and_its_muscles(folder: Path) -> None:
    session = ReviewedSession.load(folder)
    hips = session.recorded.session.keypoints_px[:, 8, 0]
    for frame in range(0, len(session.times_s), 17):
        time_s = float(session.times_s[frame])
        assert session.frame_at(time_s) == frame
        pose = session.pose(frame)
        assert pose is not None
        assert pose.frame_index == frame
        assert pose.keypoints_px[8, 0] == pytest.approx(hips[frame], abs=1e-3)
    at_s = float(session.steps.timestamps_s[40])
    for share in (0.0, 0.25, 0.5):
        shown = session.activation(session.tracks[0], at_s + share * STEP_S)
        assert shown is not None
        expected = session.steps.predicted[40] * (1 - share) + session.steps.predicted[41] * share
        np.testing.assert_allclose(shown.values, expected, atol=1e-5)
    assert session.activation(session.tracks[0], session.end_s + 1) is None


def test_each_frame_has_its_own_picture(folder: Path) -> None:
    session = ReviewedSession.load(film(folder))
    try:
        for frame in range(0, 200, 23):
            assert frame_of(session.picture(frame)) == frame
    finally:
        session.close()


def test_arrows_step_frame_by_frame(open_page: Callable[[], Rig]) -> None:
    rig = open_page()
    rig.page.seek(2.0)
    at = rig.shown_frame
    assert at == round(2.0 * HZ)
    for action, frame in (("frame_on", at + 1), ("frame_on", at + 2), ("frame_back", at + 1)):
        rig.do(action)
        assert rig.shown_frame == frame
    rig.do("second_on")
    assert rig.shown_frame == at + 1 + round(HZ)
    rig.page.seek(-5.0)
    rig.do("frame_back")
    assert rig.shown_frame == 0


def test_keys_reach_the_page(qtbot: QtBot, open_page: Callable[[], Rig]) -> None:
    rig = open_page()
    with qtbot.waitActive(rig.window):
        rig.window.activateWindow()
    qtbot.keyClick(rig.window, Qt.Key.Key_Space)
    assert rig.page.player.is_playing
    qtbot.keyClick(rig.window, Qt.Key.Key_Space)
    assert not rig.page.player.is_playing
    qtbot.keyClick(rig.window, Qt.Key.Key_Down)
    assert rig.page.chosen == 1
    assert rig.page.player.position_s == pytest.approx(5.0)


def test_it_stands_still_while_another_page_is_shown(open_page: Callable[[], Rig]) -> None:
    rig = open_page()
    rig.do("play_session")
    rig.window.show_page("live")
    assert not rig.page.player.is_playing


def test_a_player_goes_as_fast_as_it_is_told_and_stops_at_the_end() -> None:
    clock = FakeClock()
    player = SessionPlayer(clock)
    player.load(10.0, 20.0)
    player.play_or_pause()
    clock.advance(2.0)
    player.tick()
    assert player.position_s == pytest.approx(12.0)
    clock.advance(1.0)
    player.set_speed(0.5)
    clock.advance(4.0)
    player.tick()
    assert player.position_s == pytest.approx(15.0)
    clock.advance(60.0)
    player.tick()
    assert (player.position_s, player.is_playing) == (20.0, False)
    player.play_or_pause()
    assert player.position_s == 10.0
    player.seek(99.0)
    assert player.position_s == 20.0


def test_playing_chooses_the_trial_one_is_in(qtbot: QtBot, open_page: Callable[[], Rig]) -> None:
    rig = open_page()
    rig.page.seek(4.95)
    rig.page.set_speed(0.5)  # however slow the machine is, the trial is not passed over
    rig.do("play_session")
    qtbot.waitUntil(lambda: rig.page.chosen == 1)
    rig.do("play_session")
    assert rig.page.player.position_s >= 5.0


def test_the_card_tells_the_numbers_of_the_trial(open_page: Callable[[], Rig]) -> None:
    rig = open_page()
    rig.page.choose(1)
    session, track = rig.session, rig.session.tracks[0]
    inside = (session.steps.timestamps_s >= 5.05) & (session.steps.timestamps_s < 8.05)
    mean = float(np.nanmean(track.values[inside, 0]))
    (row,) = (row for row in muscle_rows(summary_of(session, track, session.trials[1])) if row.name == "Left biceps")
    assert row.cells[0] == f"{100 * mean:.0f} %"
    assert row.cells[0] in rig.page.card.muscles.accessibleName()
    assert "Biceps: even" in rig.page.card.asymmetry.accessibleName()
    rig.page.values.setCurrentIndex(1)
    measured = muscle_rows(summary_of(session, session.tracks[1], session.trials[1]))
    assert f"Left biceps: {', '.join(measured[0].cells)}" in rig.page.card.muscles.accessibleName()


def test_what_is_not_known_is_said_to_be_so(tmp_path: Path) -> None:
    unseen = range(round(4 * HZ), round(9 * HZ))
    folder = make_session(tmp_path / "ses-1", trials=TRIALS, unseen=unseen, channels=(0,), calibrated=False)
    session = ReviewedSession.load(folder)
    rows = muscle_rows(summary_of(session, session.tracks[0], session.trials[1]))
    assert {cell for row in rows for cell in row.cells} == {NOT_KNOWN}
    measured = session.measured
    assert measured is not None
    assert measured.name == "Simulated sEMG, not calibrated"
    assert measured.own_scale is not None
    whole = session.steps.emg_whole[:, 0]  # what is around the first and last steps is not, and sets no scale
    assert whole[2:-1].all()
    assert np.nanmin(measured.own_scale[:, 0]) == 0.0
    assert np.nanmax(peak_means(measured.own_scale[whole, 0])) == pytest.approx(1.0)
    assert np.isnan(measured.own_scale[:, 1:]).all()
    assert np.isnan(measured.values).all()
    assert session.pose(round(6 * HZ)) is None
    assert asymmetry_text(float("nan")) == points(float("nan")) == NOT_KNOWN


def test_a_card_of_which_nothing_is_known_is_as_wide_as_its_place(qtbot: QtBot) -> None:
    card = TrialCard()
    qtbot.addWidget(card)
    card.setFixedWidth(WIDTH_PX - 4)
    card.show()
    nothing = np.full((10, 8), np.nan, np.float32)
    card.show_summary(summarise_trial(np.arange(10) / 10, nothing, 0.0, 1.0))
    QApplication.processEvents()
    body = card.widget()
    assert body is not None
    assert body.width() <= card.viewport().width()
    assert "not known" in card.muscles.accessibleName()


def test_texts_of_numbers() -> None:
    assert asymmetry_text(0.123) == "12 % more on the right"
    assert asymmetry_text(-0.3) == "30 % more on the left"
    assert asymmetry_text(0.001) == "even"
    assert points(-0.031) == "\N{MINUS SIGN}3"
    assert points(0.2) == "+20"
    assert clock_text(83.44) == "1:23.4"
    assert clock_text(59.97) == "1:00.0"
    assert clock_text(3600.0) == "1:00:00.0"


def test_a_trial_is_relabelled_and_trimmed_and_all_of_it_taken_back(open_page: Callable[[], Rig]) -> None:
    rig = open_page()
    before = {path.name: path.read_bytes() for path in rig.folder.iterdir()}
    rig.page.choose(1)
    rig.do("relabel_trial")
    dialog = rig.page.findChild(QInputDialog)
    assert dialog is not None
    dialog.setTextValue("Front kick")
    dialog.accept()
    rig.page.seek(5.5)
    rig.do("trim_begin")
    rig.page.seek(7.5)
    rig.do("trim_end")
    trial = rig.session.trials[1]
    assert trial.exercise == "front_kick"
    assert (trial.start_s, trial.end_s) == pytest.approx((5.5, 7.5), abs=1e-6)
    exported = RecordedSession.read(rig.folder).trials[1]
    assert (exported.exercise, exported.start_s, exported.end_s) == (trial.exercise, trial.start_s, trial.end_s)
    after = {path.name: path.read_bytes() for path in rig.folder.iterdir() if path.name != "review.json"}
    assert after == before
    for _ in range(3):
        rig.do("undo_edit")
    assert not rig.window.actions_by_name["undo_edit"].isEnabled()
    assert [trial.exercise for trial in rig.session.trials] == ["squat", "side_lunge", "squat"]
    assert read_review(rig.folder).trials == {}
    rig.do("redo_edit")
    assert rig.session.trials[1].exercise == "front_kick"
    rig.load(rig.folder)
    assert rig.session.trials[1].exercise == "front_kick"


@pytest.mark.parametrize("end_s", [4.0, 5.0])
def test_a_trial_never_ends_before_its_begin(open_page: Callable[[], Rig], end_s: float) -> None:
    rig = open_page()
    rig.page.choose(1)
    rig.page.seek(end_s)
    rig.do("trim_end")
    assert "after its begin" in rig.page.notice.text
    assert rig.session.trials[1].end_s == pytest.approx(8.0)
    rig.page.desk.relabel("../../x")
    assert "names no exercise" in rig.page.notice.text
    assert not (rig.folder / "review.json").exists()


def test_an_end_of_the_trial_is_dragged_on_the_time_line(qtbot: QtBot, open_page: Callable[[], Rig]) -> None:
    rig = open_page()
    rig.page.choose(1)
    line = rig.page.stage.timeline
    y = line.height() // 2
    grip, target = (QPoint(round(line.x_of(time_s)), y) for time_s in (8.0, 7.0))
    QTest.mousePress(line, Qt.MouseButton.LeftButton, pos=grip)
    QTest.mouseMove(line, target)
    assert rig.session.trials[1].end_s == pytest.approx(8.0)
    QTest.mouseRelease(line, Qt.MouseButton.LeftButton, pos=target)
    assert rig.session.trials[1].end_s == pytest.approx(line.time_at(target.x()), abs=1e-6)


def test_a_click_on_the_time_line_or_the_traces_goes_there(qtbot: QtBot, open_page: Callable[[], Rig]) -> None:
    rig = open_page()
    line = rig.page.stage.timeline
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton, pos=QPoint(round(line.x_of(6.0)), line.height() // 2))
    assert rig.page.chosen == 1
    assert rig.page.player.position_s == pytest.approx(6.0, abs=0.05)
    box = rig.page.lanes.lane_box(Side.RIGHT, Muscle.TRICEPS)
    qtbot.mouseClick(rig.page.lanes, Qt.MouseButton.LeftButton, pos=box.center().toPoint())
    assert rig.page.player.position_s == pytest.approx(6.5, abs=0.05)


def test_lines_are_painted_in_their_colours(open_page: Callable[[], Rig]) -> None:
    rig = open_page()
    rig.page.choose(0)
    lanes = rig.page.lanes
    picture = lanes.grab().toImage()
    box = lanes.lane_box(Side.LEFT, Muscle.BICEPS)
    accent = rig.page._colours.accent
    ratio = picture.devicePixelRatio()
    found = {
        picture.pixelColor((QPointF(box.center().x(), y) * ratio).toPoint()).name()
        for y in np.arange(box.top(), box.bottom(), 0.5).tolist()
    }
    assert any(_near(colour, accent) for colour in found)


def test_two_trials_are_compared(open_page: Callable[[], Rig]) -> None:
    rig = open_page()
    rig.page.choose(0)
    rig.do("compare_trial")
    comparison = rig.page.comparison
    assert comparison.isVisible()
    assert comparison.sides == (Compared(0, 0), Compared(2, 0))  # another of the same exercise
    session, track = rig.session, rig.session.tracks[0]
    means = [float(summary_of(session, track, session.trials[n]).mean[0]) for n in (0, 2)]
    assert f"{100 * means[0]:.0f} %, {100 * means[1]:.0f} %, {points(means[1] - means[0])}" in _line(rig, "Left biceps")
    comparison.compare(Compared(1, 0), Compared(1, 1))
    assert comparison.sides == (Compared(1, 0), Compared(1, 1))
    rig.do("compare_trial")
    assert not comparison.isVisible()


def test_another_model_is_run_beside_what_was_recorded(open_page: Callable[[], Rig]) -> None:
    rig = open_page()
    rig.use_models(lambda _name: HalfModel())
    rig.page.run("half")
    rig.settle()
    assert [track.name for track in rig.session.tracks] == ["hip, live", "Simulated sEMG", "half"]
    live, half = rig.session.tracks[0], rig.session.tracks[2]
    known = np.isfinite(live.values)
    assert np.isfinite(half.values[known]).all()
    np.testing.assert_allclose(half.values[known], live.values[known] / 2, atol=1e-5)
    assert rig.page.values.currentText() == "half"
    rig.page.run("half")
    rig.settle()
    assert len(rig.session.tracks) == 3


def test_a_running_model_is_stopped(open_page: Callable[[], Rig]) -> None:
    rig = open_page()
    began, may_go_on = threading.Event(), threading.Event()

    class SlowModel(HalfModel):
        def predict(self, *arguments: object, **options: object) -> Prediction:
            began.set()
            may_go_on.wait(10)
            return super().predict(*arguments, **options)  # type: ignore[arg-type]

    rig.use_models(lambda _name: SlowModel())
    rig.page.run("slow")
    assert began.wait(10)
    rig.page.work.follow()
    assert rig.page.strip.isVisible()
    rig.page.strip.stop.click()
    may_go_on.set()
    rig.settle()
    assert len(rig.session.tracks) == 2
    assert not rig.page.strip.isVisible()


def test_a_session_that_is_asked_for_while_another_is_read_is_the_one_that_is_shown(
    open_page: Callable[[], Rig], tmp_path: Path
) -> None:
    rig = open_page()
    other = make_session(tmp_path / "sub-P02" / "ses-2", trials=TRIALS)
    rig.page.load(rig.folder)
    rig.page.load(rig.folder)
    rig.page.load(other)
    rig.page.run("half")
    assert "not run" in rig.page.notice.text, "it would be of the session that is shown no longer"
    rig.settle()
    assert rig.session.recorded.folder == other
    assert rig.page.notice.text == ""


def test_it_is_told_what_has_to_wait_for_a_model(open_page: Callable[[], Rig], tmp_path: Path) -> None:
    rig = open_page()
    may_go_on = threading.Event()

    def load(_name: str) -> ActivationModel:
        may_go_on.wait(10)
        return HalfModel()

    rig.use_models(load)
    rig.page.run("half")
    asked: tuple[tuple[Callable[[], object], str], ...] = (
        (lambda: rig.page.load(tmp_path / "ses-2"), "ses-2 was not opened."),
        (lambda: rig.page.run("half"), "The model was not run."),
        (rig.page.ask_video, "No video was written."),
        (lambda: rig.page.write_video(tmp_path / "other.mp4"), "other.mp4 was not written."),
    )
    for ask, answer in asked:
        ask()
        assert rig.page.notice.text.startswith(answer)
    may_go_on.set()
    rig.settle()
    assert (rig.session.recorded.folder, len(rig.session.tracks)) == (rig.folder, 3)


def test_a_model_that_is_not_there_is_told(open_page: Callable[[], Rig]) -> None:
    rig = open_page()

    def load(name: str) -> ActivationModel:
        raise ModelNotFoundError(f"There is no model {name}.", "")

    rig.use_models(load)
    rig.page.run("no-such-model")
    rig.settle()
    assert "no-such-model" in rig.page.notice.text


def test_the_models_that_ship_are_offered() -> None:
    assert DEFAULT_MODEL in ReviewAccess.usual().model_names()


def test_the_same_model_says_the_same_again(folder: Path) -> None:
    session = ReviewedSession.load(folder)
    shares: list[float] = []
    again = run_model(session, HipModel(), shares.append)
    assert again is not None
    live = session.tracks[0]
    n = len(session.steps) - 2  # the last two waited for their look-ahead when the recording ended
    assert np.isfinite(live.values[:n]).all()
    for now, then in ((again.values, live.values), (again.low, live.low), (again.high, live.high)):
        np.testing.assert_allclose(now[:n], then[:n], atol=1e-5)
    assert shares == sorted(shares)
    assert again.values.shape == (len(session.steps), len(MONTAGE))


def test_the_video_of_a_trial_is_written_and_never_over_another(open_page: Callable[[], Rig], tmp_path: Path) -> None:
    film(make_session(tmp_path / "sub-P02" / "ses-2", trials=(("squat", 1.0, 2.0),), seconds=3.0))
    rig = open_page()
    rig.load(tmp_path / "sub-P02" / "ses-2")
    path = tmp_path / "squat.mp4"
    rig.page.write_video(path)
    rig.settle()
    assert "written" in rig.page.notice.text
    video = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    n = round(video.get(cv2.CAP_PROP_FRAME_COUNT))
    there, first = video.read()
    video.release()
    assert there
    assert n == round(1.0 * HZ) + 1
    assert frame_of(first[:100, :100]) == pytest.approx(round(1.0 * HZ), abs=3)
    assert first.shape == (IMAGE[1], IMAGE[0] + 2 * round(WIDTH * IMAGE[1] / HEIGHT / 2), 3)
    before = path.read_bytes()
    rig.page.write_video(path)
    rig.settle()
    assert "exists already" in rig.page.notice.text
    assert path.read_bytes() == before


def test_the_board_beside_the_picture_shows_muscles_and_moment(qtbot: QtBot) -> None:
    figure = BodyFigure.load(BODY_MAP)
    board = OverlayBoard(figure, DARK, PAPER, Plotted((), 0.0, 10.0), QFont(), HEIGHT)
    values = np.full(len(MONTAGE), PAPER.full_scale, np.float32)
    unknown = board.picture(None, float("nan"))
    full = board.picture(MuscleActivation(values, 5.0), 5.0)
    assert full.shape == (HEIGHT, WIDTH, 3)
    red = PAPER.rgb(values[:1])[0][::-1]
    assert (unknown == red).all(axis=-1).sum() == 0
    assert (full == red).all(axis=-1).sum() > 1000
    lower = full[HEIGHT // 2 + 80 :].astype(int) - unknown[HEIGHT // 2 + 80 :]
    columns = np.flatnonzero(np.abs(lower).max(axis=(0, 2)) > 100)
    assert len(columns) >= 2  # one cursor a side, and nothing else
    assert len(columns) <= 6


def test_a_stopped_video_leaves_nothing(
    open_page: Callable[[], Rig], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = open_page()
    began, may_go_on = threading.Event(), threading.Event()
    pose = ReviewedSession.pose

    def slow(self: ReviewedSession, frame: int) -> object:
        if threading.current_thread() is not threading.main_thread():
            began.set()
            may_go_on.wait(10)
        return pose(self, frame)

    monkeypatch.setattr(ReviewedSession, "pose", slow)
    path = tmp_path / "out.mp4"
    rig.page.write_video(path)
    assert began.wait(10)
    rig.page.work.follow()
    rig.page.strip.stop.click()
    may_go_on.set()
    rig.settle()
    assert "Stopped" in rig.page.notice.text
    assert not list(tmp_path.glob("out*"))


def test_a_recorded_video_is_watched_live_with_its_sensors(
    open_page: Callable[[], Rig], folder: Path, doors: Doors, qtbot: QtBot
) -> None:
    film(folder)
    film_shown = PlayedFilm()
    doors.make_source = lambda choice, montage: make_sensors(choice, lambda _: np.zeros(8), montage, film_shown)
    rig = open_page()
    rig.do("watch_session")
    assert rig.window.settings.page == "live"
    choice = rig.window.session.view.choice
    assert choice is not None
    assert (choice.kind, choice.target) == (SourceKind.FILE, str(folder / "video.mkv"))
    bench = rig.window.sensors_page.bench
    qtbot.waitUntil(lambda: bench.session.view.feed is not None)
    rig.window.sensors_page.follow()
    feed = bench.session.view.feed
    assert feed is not None
    assert feed.label == "replayed simulated sEMG"
    assert feed.calibrated.all(), "with the calibration that the session brought along"
    bench.disconnect()


def test_other_sensors_are_never_beside_a_film_that_they_did_not_see(
    open_page: Callable[[], Rig], folder: Path, doors: Doors, qtbot: QtBot
) -> None:
    film(folder)

    def make(choice: SensorChoice, montage: SensorMontage) -> SensorSource:
        is_replay = choice.kind is SensorKind.REPLAY
        return (
            make_sensors(choice, lambda _: np.zeros(8), montage, PlayedFilm())
            if is_replay
            else doors._make(choice, montage)
        )

    doors.make_source = make
    rig = open_page()
    bench = rig.window.sensors_page.bench
    bench.put(SensorId("m40", SERIALS[0]), MONTAGE.placements[0])
    bench.connect()
    qtbot.waitUntil(lambda: bench.session.view.feed is not None)
    for answer in ("Stay connected", "Disconnect, and watch"):
        rig.do("watch_session")
        (box,) = (box for box in rig.window.findChildren(QMessageBox) if box.isVisible())
        assert "not of this film. The session's own signals are shown instead" in box.informativeText()
        assert rig.window.session.view.choice is None, "nothing happens before the answer"
        assert bench.runs
        next(button for button in box.buttons() if button.text() == answer).click()
        qtbot.waitUntil(lambda box=box: not box.isVisible())
        assert (bench.kind is SensorKind.BLUETOOTH) is (answer == "Stay connected")
    choice = rig.window.session.view.choice
    assert choice is not None
    assert choice.target == str(folder / "video.mkv")
    qtbot.waitUntil(lambda: bench.session.view.feed is not None)
    assert bench.session.view.choice == SensorChoice(SensorKind.REPLAY, str(folder))
    assert doors.sources[0].closed
    bench.disconnect()


def test_a_damaged_picture_is_told_and_the_person_still_shown(
    open_page: Callable[[], Rig], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film(folder)
    rig = open_page()
    error = VideoFileError("Picture 7 is damaged.", "")

    def broken(self: ReviewedSession, frame: int) -> object:
        raise error

    monkeypatch.setattr(ReviewedSession, "picture", broken)
    rig.page.seek(3.0)
    assert rig.page.stage.note.text() == "Picture 7 is damaged."
    assert rig.page.stage.view._snapshot.pose is not None


def test_a_folder_that_is_no_session_is_told_and_the_present_one_stays(
    open_page: Callable[[], Rig], tmp_path: Path
) -> None:
    rig = open_page()
    rig.load(tmp_path)
    assert "session.json" in rig.page.notice.text
    assert rig.session.recorded.folder == rig.folder


def _line(rig: Rig, name: str) -> str:
    lines = rig.page.comparison.numbers.accessibleName().splitlines()
    return next(line for line in lines if line.startswith(name))


def _near(colour: str, wanted: str) -> bool:
    channels = [[int(text[place : place + 2], 16) for place in (1, 3, 5)] for text in (colour, wanted)]
    return max(abs(a - b) for a, b in zip(*channels, strict=True)) < 60


def test_a_long_title_is_cut_with_a_sign_and_told_whole(open_page: Callable[[], Rig]) -> None:
    rig = open_page()
    title = rig.page.controls.findChild(ElidedLabel)
    assert isinstance(title, ElidedLabel)
    rig.page.controls.show_title("with-a-very-long-id-0123456789,  28 Nov 2026  18:44")
    for width, is_cut in ((1800, False), (960, True)):
        rig.window.resize(width, 600)
        QApplication.processEvents()
        assert title.text().endswith("\N{HORIZONTAL ELLIPSIS}") == is_cut
        assert title.toolTip().endswith("18:44")
