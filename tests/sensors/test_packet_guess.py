"""A guess at the form of unknown packets: right for those of known sensors, usable whatever the bytes."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mia_core.sensors.packet import StructDecoder
from mia_core.sensors.packet_guess import LEAST_PACKETS, PacketGuess, guess_packets

SIGNAL = (500 + 400 * np.sin(np.arange(600) / 9)).astype(int)  # as an envelope that rises and falls


def _packets(form: str, per_packet: int = 1, header: str = "", step: int = 1, n_channels: int = 1) -> list[bytes]:
    layout = struct.Struct(form[0] + header + form[1:].replace(form[-1], form[-1] * n_channels) * per_packet)
    payloads = []
    for k in range(40):
        first = k * per_packet
        values = [int(SIGNAL[first + j]) // (1 + channel) for j in range(per_packet) for channel in range(n_channels)]
        payloads.append(layout.pack(*([k * step % 256] if header else []), *values))
    return payloads


@pytest.mark.parametrize("form", ["<H", ">H", "<h", ">h"])
def test_a_number_of_two_bytes(form):
    guess = guess_packets(_packets(form))
    assert guess.format in (form.lower(), form.upper())  # below 32768 nobody can tell
    assert (guess.samples, guess.header, guess.counter_of) == (1, "", "")


def test_negative_numbers_are_signed():
    payloads = [struct.pack("<h", int(value) - 500) for value in SIGNAL[:60]]
    assert guess_packets(payloads).format == "<h"


def test_floats():
    payloads = [struct.pack(">2f", value / 100, -value) for value in SIGNAL[:30].tolist()]
    assert guess_packets(payloads) == PacketGuess(">2f")


def test_the_packets_of_an_npg_lite():
    payloads = [
        b"".join(
            struct.pack(">B3h", (10 * k + j) % 256, *(int(SIGNAL[10 * k + j]) + 1000 * c for c in range(3)))
            for j in range(10)
        )
        for k in range(30)
    ]
    guess = guess_packets(payloads)
    assert (guess.format[0], guess.format[1:].lower()) == (">", "b3h")
    assert (guess.samples, guess.counter_of) == (10, "sample")


def test_a_counter_of_packets_in_front_of_numbers():
    guess = guess_packets(_packets("<H", header="B", n_channels=2))
    assert guess.format.lower() == "<2h"
    assert (guess.header, guess.counter_of, guess.samples) == ("B", "packet", 1)


def test_a_counter_of_the_first_sample_tells_how_many_there_are():
    guess = guess_packets(_packets("<H", per_packet=5, header="B", step=5))
    assert guess.format.lower() == "<h"
    assert (guess.header, guess.counter_of, guess.samples) == ("B", "first sample", 5)


def test_a_lost_packet_does_not_hide_a_counter():
    payloads = _packets("<H", header="B", n_channels=2)
    del payloads[20]
    assert guess_packets(payloads).counter_of == "packet"


@pytest.mark.parametrize("lines", [[b"%d" % k for k in range(20)], [b"%d.5, -7\r\n" % k for k in range(20)]])
def test_numbers_as_text(lines):
    assert guess_packets(lines) == PacketGuess("text")
    assert str(guess_packets(lines)) == 'format "text", samples 1'


@pytest.mark.parametrize("payloads", [[], [b"ab"] * (LEAST_PACKETS - 1), [b"\1\2", b"\1"] * 9, [b""] * 20])
def test_nothing_is_recognised_in_too_few_or_uneven_packets(payloads):
    assert str(guess_packets(payloads)) == "nothing recognised"


@given(st.integers(1, 40).flatmap(lambda n: st.lists(st.binary(min_size=n, max_size=n), min_size=8, max_size=12)))
def test_whatever_the_bytes_the_guess_fits_them(payloads):
    guess = guess_packets(payloads)
    if guess.format not in ("", "text"):
        assert StructDecoder(guess.format, guess.samples, header=guess.header).packet_size == len(payloads[0])
    assert str(guess)
