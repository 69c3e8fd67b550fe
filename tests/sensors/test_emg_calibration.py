"""Rest and maximum: taken from what can be right, refused in words when not, and kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mia_core.muscles import MONTAGE
from mia_core.sensors.emg_calibration import CalibrationError, CalibrationRun, EmgCalibration, MuscleReference
from mia_core.sensors.profiles import M40, NPG_LITE
from mia_core.sensors.sensor_montage import SensorId
from tests.fakes.scripted_sensors import montage_of

LEFT_BICEPS, LEFT_TRICEPS = MONTAGE.placements[:2]
NOW = datetime(2026, 11, 28, 14, 0, 0, 123456, tzinfo=UTC)
REST = np.float32([15, 16, 14, 15, 17] * 10)


def _run(profile=M40) -> CalibrationRun:
    return CalibrationRun(montage_of(profile, (0, 1)), lambda _: profile)


def _effort(height: float = 400.0, n: int = 30, rate_hz: float = 10.0) -> tuple[np.ndarray, np.ndarray]:
    """Three seconds of which half a second, in the middle, is the best."""
    times_s = 50.0 + np.arange(n) / rate_hz
    best = (times_s > 51.2) & (times_s < 51.75)
    return times_s, np.where(best, height, height * 0.8).astype(np.float32)


def test_rest_and_the_best_of_three_efforts_become_the_reference():
    run = _run()
    assert run.take_rest(LEFT_BICEPS, REST) == 15.0
    assert not run.is_complete(LEFT_BICEPS)
    assert [round(run.take_effort(LEFT_BICEPS, *_effort(height)), 3) for height in (400, 450, 420)] == [400, 450, 420]
    assert run.is_complete(LEFT_BICEPS)
    assert run.efforts(LEFT_BICEPS) == 3
    reference = run.reference(LEFT_BICEPS, NOW)
    assert reference == MuscleReference(15.0, 450.0, SensorId("m40", "0"), "2026-11-28T14:00:00+00:00", "counts")


@given(st.integers(0, 2**32 - 1).map(np.random.default_rng), st.integers(30, 1500))
def test_the_best_short_mean_is_that_of_counting_by_hand(random, n):
    """Over every half a second that ends with a sample and has at least 0.7 of its samples."""
    rate_hz = n / 3
    times_s = np.sort(random.uniform(10, 13, n))
    values = random.uniform(500, 900, n).astype(np.float32)
    run = _run(replace(M40, rate_hz=rate_hz))
    run.take_rest(LEFT_BICEPS, np.full(round(5 * rate_hz) + 1, 10, np.float32))
    means = []
    for end_s in times_s:
        inside = (times_s > end_s - 0.5) & (times_s <= end_s)
        if inside.sum() >= 0.7 * 0.5 * rate_hz:
            means.append(values[inside].mean(dtype=np.float64))
    assert run.take_effort(LEFT_BICEPS, times_s, values) == pytest.approx(max(means), rel=1e-6)


@contextmanager
def _refused(sentence: str, advice: str) -> Iterator[None]:
    with pytest.raises(CalibrationError, match=sentence) as caught:
        yield
    assert advice in caught.value.advice


def test_a_stretch_full_of_gaps_is_refused():
    run = _run()
    with _refused(r"^Only 34 of 50 samples came from the left biceps\.$", "light is green"):
        run.take_rest(LEFT_BICEPS, REST[:34])
    run.take_rest(LEFT_BICEPS, REST[:35])
    with _refused(r"^Only 20 of 30 samples came from the left biceps\.$", "light is green"):
        run.take_effort(LEFT_BICEPS, *_effort(n=20))
    with _refused(r"^Only 0 of 50 samples", "light is green"):
        run.take_rest(LEFT_BICEPS, np.empty(0, np.float32))
    with _refused(r"^Only 49 of 50 samples", "light is green"):
        run.take_rest(LEFT_BICEPS, np.append(REST[:49], np.float32(np.nan)))


def test_samples_that_are_too_far_apart_for_a_mean_are_refused():
    run = _run()
    run.take_rest(LEFT_BICEPS, REST)
    with _refused(r"^The samples from the left biceps have too many gaps\.$", "light is green"):
        run.take_effort(LEFT_BICEPS, 50.0 + np.arange(30.0), np.full(30, 400, np.float32))


def test_a_sensor_at_the_end_of_its_range_is_refused():
    run = _run()
    with _refused(r"^The sensor on the left biceps is at the end of its range\.$", "electrodes on the skin"):
        run.take_rest(LEFT_BICEPS, np.full(50, 1023, np.float32))
    run.take_rest(LEFT_BICEPS, REST)
    times_s, values = _effort()
    values[:4] = 1023
    with _refused(r"^The sensor on the left biceps is at the end of its range\.$", "electrodes on the skin"):
        run.take_effort(LEFT_BICEPS, times_s, values)
    values[3] = 800
    run.take_effort(LEFT_BICEPS, times_s, values)  # a peak may be cut off


def test_an_effort_without_a_rest_is_refused():
    with _refused(r"^The rest of the left triceps was not measured\.$", "rest first"):
        _run().take_effort(LEFT_TRICEPS, *_effort())


@pytest.mark.parametrize(
    ("rest", "effort"),
    [
        (REST, 30.0),  # hardly more than noise, though twice the rest
        (np.full(50, 300, np.float32), 420.0),  # less than half above a high rest
        (np.full(50, 2, np.float32), 20.0),  # a tiny part of the range
    ],
)
def test_an_effort_that_is_hardly_above_the_rest_is_refused(rest, effort):
    run = _run()
    run.take_rest(LEFT_BICEPS, rest)
    with _refused(
        rf"^The effort of the left biceps \({effort:.0f} counts\) is hardly above its rest", "move the sensor"
    ):
        run.take_effort(LEFT_BICEPS, *_effort(effort))
    assert run.efforts(LEFT_BICEPS) == 0


def test_a_raw_sensor_is_judged_by_its_rest_alone():
    """Its range says nothing of what an envelope can reach."""
    run = _run(NPG_LITE)
    run.take_rest(LEFT_BICEPS, np.full(2500, 2.0, np.float32), np.zeros(2500, np.bool_))
    effort = run.take_effort(LEFT_BICEPS, *_effort(20.0, 1500, 500.0), np.zeros(1500, np.bool_))
    assert effort == pytest.approx(20.0)


def test_a_raw_sensor_at_the_end_of_its_range_is_refused_however_low_its_envelope():
    run = _run(NPG_LITE)
    rest, saturated = np.full(2500, 2.0, np.float32), np.zeros(2500, np.bool_)
    run.take_rest(LEFT_BICEPS, rest, saturated)
    saturated[:260] = True
    with _refused(r"^The sensor on the left biceps is at the end of its range\.$", "electrodes on the skin"):
        run.take_rest(LEFT_BICEPS, rest, saturated)
    with _refused(r"^The sensor on the left biceps is at the end of its range\.$", "electrodes on the skin"):
        run.take_effort(LEFT_BICEPS, *_effort(1500.0, 1500, 500.0), saturated[:1500])
    with pytest.raises(ValueError, match="saturated"):
        run.take_effort(LEFT_BICEPS, *_effort(1500.0, 1500, 500.0))


def test_what_was_refused_leaves_everything_as_it_was_and_a_new_rest_begins_anew():
    run = _run()
    run.take_rest(LEFT_BICEPS, REST)
    run.take_effort(LEFT_BICEPS, *_effort())
    with pytest.raises(CalibrationError):
        run.take_effort(LEFT_BICEPS, *_effort(16.0))
    with pytest.raises(CalibrationError):
        run.take_rest(LEFT_BICEPS, REST[:3])
    assert run.efforts(LEFT_BICEPS) == 1
    run.take_rest(LEFT_BICEPS, REST + 1)
    assert run.efforts(LEFT_BICEPS) == 0


def test_an_unfinished_calibration_says_what_is_missing():
    run = _run()
    with _refused(r"^The calibration of the left biceps is not finished: 3 efforts are missing\.$", "minute of pause"):
        run.reference(LEFT_BICEPS, NOW)
    run.take_rest(LEFT_BICEPS, REST)
    for _ in range(2):
        run.take_effort(LEFT_BICEPS, *_effort())
    with _refused(r": 1 effort is missing\.$", "minute of pause"):
        run.reference(LEFT_BICEPS, NOW)


def test_activation_is_0_at_rest_1_at_the_maximum_and_unknown_without_a_reference():
    calibration = EmgCalibration({LEFT_BICEPS: MuscleReference(20.0, 420.0, SensorId("m40", "7"), "", "counts")})
    values = np.float32([[0, 20, 220], [420, 820, np.nan]])
    assert calibration.activation(LEFT_BICEPS, values) == pytest.approx(
        np.float32([[0, 0, 0.5], [1, 2, np.nan]]), nan_ok=True
    )
    assert np.isnan(calibration.activation(LEFT_TRICEPS, values)).all()
    assert calibration.activation(LEFT_BICEPS, values).dtype == np.float32


REFERENCES = st.builds(
    lambda rest, rise, sensor, utc, unit: MuscleReference(rest, rest + rise, sensor, utc, unit),
    st.floats(-1e6, 1e6),
    st.floats(0.1, 1e6),
    st.builds(SensorId, st.text(max_size=9), st.text(max_size=9), st.integers(0, 7)),
    st.text(max_size=30),
    st.text(max_size=9),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(MONTAGE.placements), REFERENCES))
def test_a_calibration_that_was_saved_is_loaded_again(tmp_path, references):
    path = tmp_path / "lab" / "calibration.json"
    EmgCalibration(references).save(path)
    assert EmgCalibration.load(path) == EmgCalibration(references)
    assert [file.name for file in path.parent.iterdir()] == ["calibration.json"]


def test_one_more_reference_leaves_the_others():
    one, other = (MuscleReference(1.0, 2.0 + n, SensorId("m40", str(n)), "") for n in range(2))
    calibration = EmgCalibration({LEFT_BICEPS: one})
    assert calibration.with_reference(LEFT_TRICEPS, other).references == {LEFT_BICEPS: one, LEFT_TRICEPS: other}
    assert calibration.with_reference(LEFT_BICEPS, other).references == {LEFT_BICEPS: other}
    assert calibration.references == {LEFT_BICEPS: one}


def _saved(path, **changes: object) -> None:
    EmgCalibration({LEFT_BICEPS: MuscleReference(1.0, 2.0, SensorId("m40", "7"), "", "counts")}).save(path)
    content = json.loads(path.read_text(encoding="utf-8"))
    content["references"]["left_biceps"].update(changes)
    path.write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize(
    "changes",
    [
        {"rest": 3.0},
        {"mvc": float("nan")},
        {"mvc": float("inf")},
        {"rest": "low"},
        {"rest": 10**400},
        {"channel": float("inf")},
        {"channel": None},
    ],
    ids=str,
)
def test_a_reference_that_cannot_be_is_refused(tmp_path, changes):
    path = tmp_path / "calibration.json"
    _saved(path, **changes)
    with _refused(r"calibration\.json can't be read", "Calibrate again"):
        EmgCalibration.load(path)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "7",
        "null",
        "[" * 100_000,
        '{"version": 1}',
        '{"version": 2, "references": {}}',
        '{"version": 1, "references": []}',
        '{"version": 1, "references": {"left_nose": {"rest": 1, "mvc": 2}}}',
        '{"version": 1, "references": {"left_biceps": 7}}',
    ],
    ids=lambda content: content[:30],
)
def test_a_damaged_file_is_refused(tmp_path, content):
    path = tmp_path / "calibration.json"
    path.write_text(content, encoding="utf-8")
    with _refused(r"calibration\.json can't be read", "Calibrate again"):
        EmgCalibration.load(path)


def test_a_file_that_is_missing_or_no_text_is_refused_and_a_folder_not_written(tmp_path):
    (tmp_path / "picture.json").write_bytes(b"\x89PNG\xff\xfe")
    for name in ("absent.json", "picture.json", "."):
        with _refused("can't be read", "Calibrate again"):
            EmgCalibration.load(tmp_path / name)
    (tmp_path / "file").touch()
    with _refused("can't be written", "folder"):
        EmgCalibration({}).save(tmp_path / "file" / "calibration.json")
