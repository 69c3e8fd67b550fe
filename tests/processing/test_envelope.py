"""From raw sEMG to its envelope: the same in pieces as in one, and what the filters are said to do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal

from mia_core.processing.envelope import Envelope, EnvelopeSettings

RATE_HZ = 1000.0
TIMES_S = np.arange(4000) / RATE_HZ


def _tone(frequency_hz: float, amplitude: float = 100.0) -> np.ndarray:
    return (amplitude * np.sin(2 * np.pi * frequency_hz * TIMES_S)).astype(np.float32)


@given(
    st.integers(0, 2**32 - 1),
    st.lists(st.integers(0, 900), max_size=8),
    st.sampled_from([250.0, 500.0, 1000.0, 2048.0]),
    st.floats(-2000, 2000),
)
def test_in_pieces_it_is_the_same_as_in_one(seed, cuts, rate_hz, offset):
    values = (offset + np.random.default_rng(seed).normal(0, 50, 900)).astype(np.float32)
    envelope = Envelope(rate_hz)
    pieces = [envelope.push(piece) for piece in np.split(values, sorted(cuts))]
    whole = Envelope(rate_hz).push(values)
    np.testing.assert_array_equal(np.concatenate(pieces), whole)
    assert whole.dtype == np.float32


@pytest.mark.parametrize("rate_hz", [200.0, 500.0, 1000.0, 4000.0])
def test_it_is_what_scipy_makes_of_the_same_corners(rate_hz):
    """Written with numerators and denominators, where the product has second-order sections."""
    values = np.random.default_rng(1).normal(0, 50, 3000)
    b, a = signal.butter(2, [20.0, min(450.0, 0.45 * rate_hz)], "bandpass", fs=rate_hz)
    smooth_b, smooth_a = signal.butter(2, 5.0, fs=rate_hz)
    rest = signal.lfilter_zi(b, a) * values[0]
    expected = signal.lfilter(smooth_b, smooth_a, np.abs(signal.lfilter(b, a, values, zi=rest)[0]))
    got = Envelope(rate_hz).push(values.astype(np.float32))
    np.testing.assert_allclose(got, np.maximum(expected, 0), atol=1e-3)


@pytest.mark.parametrize("frequency_hz", [47.0, 130.0, 237.0])
def test_a_tone_within_the_band_has_its_mean_absolute_value(frequency_hz):
    assert Envelope(RATE_HZ).push(_tone(frequency_hz))[2000:].mean() == pytest.approx(100 * 2 / np.pi, rel=0.03)


def test_corners_are_where_the_power_is_halved():
    for corner_hz in (20.0, 450.0):
        mean = Envelope(RATE_HZ).push(_tone(corner_hz))[2000:].mean()
        assert mean == pytest.approx(100 * 2 / np.pi / np.sqrt(2), rel=0.02)


def test_movements_and_offsets_are_taken_out():
    assert Envelope(RATE_HZ).push(_tone(2.0))[2000:].max() < 1.5
    assert Envelope(RATE_HZ).push(np.full(2000, 2048, np.float32)).max() < 0.01


def test_of_noise_it_is_four_fifths_of_the_deviation():
    """sqrt(2 / pi), of the part within the band."""
    values = np.random.default_rng(2).normal(0, 50, 60_000)
    band = signal.sosfilt(signal.butter(2, (20.0, 450.0), "bandpass", fs=RATE_HZ, output="sos"), values)
    envelope = Envelope(RATE_HZ).push(values.astype(np.float32))
    assert envelope[2000:].mean() == pytest.approx(np.sqrt(2 / np.pi) * band.std(), rel=0.02)


def test_it_comes_45_to_50_ms_after_the_muscle():
    active = (1 - np.cos(2 * np.pi * 0.5 * TIMES_S)) / 2
    values = (active * np.random.default_rng(3).normal(0, 100, (400, len(TIMES_S)))).astype(np.float32)
    mean = np.mean([Envelope(RATE_HZ).push(row) for row in values], axis=0)
    lags_s = np.arange(0, 0.12, 0.001)
    agreement = [
        np.corrcoef(mean[1000:3000], np.interp(TIMES_S - lag_s, TIMES_S, active)[1000:3000])[0, 1] for lag_s in lags_s
    ]
    assert lags_s[np.argmax(agreement)] == pytest.approx(0.0475, abs=0.0025)


def test_after_a_reset_it_is_as_new():
    values = np.random.default_rng(4).normal(500, 50, 1000).astype(np.float32)
    envelope = Envelope(RATE_HZ)
    first = envelope.push(values)
    assert not np.array_equal(envelope.push(values), first)
    envelope.reset()
    np.testing.assert_array_equal(envelope.push(values), first)


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 60)), max_size=8), st.integers(0, 500))
def test_it_begins_anew_behind_a_gap(stretches, cut):
    known = np.concatenate([np.full(n, is_known) for is_known, n in stretches] or [np.empty(0, bool)])
    values = np.where(known, 800 + np.random.default_rng(5).normal(0, 50, len(known)), np.nan).astype(np.float32)
    envelope = Envelope(RATE_HZ)
    got = np.concatenate([envelope.push(values[:cut]), envelope.push(values[cut:])])
    edges = np.flatnonzero(np.diff(known)) + 1
    expected = [
        Envelope(RATE_HZ).push(piece) if np.isfinite(piece).all() else np.full(len(piece), np.nan)
        for piece in np.split(values, edges)
    ]
    np.testing.assert_array_equal(got, np.concatenate(expected))


def test_nothing_in_nothing_out():
    envelope = Envelope(RATE_HZ)
    assert len(envelope.push(np.empty(0, np.float32))) == 0
    assert len(envelope.push(_tone(100.0))) == len(TIMES_S)


def test_a_slow_sensor_is_refused_and_a_slower_limit_accepted():
    with pytest.raises(ValueError, match="80 samples a second"):
        Envelope(80.0)
    Envelope(100.0)
    Envelope(80.0, EnvelopeSettings(low_hz=10.0))


@pytest.mark.parametrize("rate_hz", [250.0, 500.0, 1000.0, 2048.0])
def test_it_comes_as_late_as_it_says(rate_hz):
    """Of a tone in the middle of the band that swells and fades 0.7 times a second, by the phase of the envelope."""
    times_s = np.arange(round(100 * rate_hz)) / rate_hz
    strength = 1 + np.sin(2 * np.pi * 0.7 * times_s)
    centre_hz = np.sqrt(20 * min(450, 0.45 * rate_hz))
    maker = Envelope(rate_hz)
    envelope = maker.push((100 * strength * np.sin(2 * np.pi * centre_hz * times_s)).astype(np.float32))
    turn = np.exp(-2j * np.pi * 0.7 * times_s)
    late_s = np.angle((strength @ turn) / (envelope @ turn)) / (2 * np.pi * 0.7)
    assert maker.delay_s == pytest.approx(late_s, abs=0.001)
    assert 0.045 < maker.delay_s < 0.05
