"""Sensors as tables and as JSON."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from app.sensor_sources import UNPLACED
from app.terminal import plain_console
from mia_core.sensors.sensor_state import Light

if TYPE_CHECKING:
    from app.sensor_runs import SensorRun
    from mia_core.sensors.ble_discovery import FoundSensor
    from mia_core.sensors.decode_benchmark import DecodeSpeed
    from mia_core.sensors.gatt_inspector import GattCharacteristic, GattService
    from mia_core.sensors.sensor_montage import SensorMontage

_STYLES: Final = {Light.GREEN: "green", Light.YELLOW: "yellow", Light.RED: "bold red", Light.GREY: "bright_black"}


def runs_table(runs: Sequence[SensorRun], montage: SensorMontage) -> Table:
    """Return a row for each sensor: how its connection and its signal are."""
    numbers = ("after", "rate", "loss", "jitter", "signal", "battery")
    columns = [Column(number, justify="right", no_wrap=True) for number in numbers]
    table = Table(Column("muscle", no_wrap=True), "sensor", *columns, "light", box=None, pad_edge=False)
    for run in runs:
        state, quality = run.state, run.state.quality
        table.add_row(
            "-" if montage.name == UNPLACED else state.placement.label.lower(),
            Text(state.sensor.serial + (f" #{state.sensor.channel}" if state.sensor.channel else "")),
            _number(run.connected_after_s, ".1f", " s"),
            _number(quality.rate_hz if run.n_samples else None, ".1f", " Hz"),
            _number(_percent(quality.loss_60s), ".1f", " %"),
            _number(quality.jitter_ms, ".0f", " ms"),
            _number(state.rssi_dbm, "d", " dBm"),
            _number(state.battery_percent, "d", " %"),
            Text(f"{run.light} {run.reason}".strip(), _STYLES[run.light]),
        )
    return table


def found_table(found: Sequence[FoundSensor]) -> Table:
    """Return a row for each sensor that was heard."""
    numbers = (Column("signal", justify="right"), Column("battery", justify="right"))
    table = Table("name", "serial", *numbers, "firmware", "kind", "address", box=None, pad_edge=False)
    for sensor in found:
        table.add_row(
            Text(sensor.name or "-"),
            Text(sensor.serial or "-"),
            _number(sensor.rssi_dbm, "d", " dBm"),
            _number(sensor.battery_percent, "d", " %"),
            Text(sensor.firmware or "-"),
            Text(sensor.profile.name),
            Text(sensor.address),
        )
    return table


def print_services(services: Sequence[GattService], console: Console) -> None:
    """Print what a device offers, and what its packets may hold."""
    for service in services:
        console.print(f"service {service.uuid}  {service.name}", style="bold")
        for characteristic in service.characteristics:
            console.print(f"  {characteristic.uuid}  {characteristic.name}  {', '.join(characteristic.properties)}")
            for line in _details(characteristic):
                console.print(f"      {line}")


def _details(characteristic: GattCharacteristic) -> list[str]:
    lines = []
    if characteristic.value is not None:
        text = f'  "{characteristic.value_text}"' if characteristic.value_text else ""
        lines.append(f"value {characteristic.value_hex or '(empty)'}{text}")
    heard = characteristic.notifications
    if heard is not None:
        lengths = ", ".join(map(str, heard.lengths)) or "-"
        lines.append(f"notifies {heard.rate_hz:.1f} times a second, bytes: {lengths}")
        lines += [f"packet {payload.hex(' ')}" for payload in heard.newest]
        if heard.n:
            lines.append(f"may be: {heard.guess}")
    return lines


def print_decode_speeds(speeds: Sequence[DecodeSpeed], *, as_json: bool) -> None:
    """Print how fast packets of each form are decoded, over what eight sensors of 1 kHz need, as a table or as JSON."""
    if as_json:
        ratios = [{"decoded_ratio": speed.decoded_ratio, "finished_ratio": speed.finished_ratio} for speed in speeds]
        sys.stdout.write(_json([asdict(speed) | ratio for speed, ratio in zip(speeds, ratios, strict=True)]) + "\n")
        return
    numbers = ("bytes", "samples", "decoded/s", "x needed", "finished/s", "x needed")
    table = Table(
        Column("packets", no_wrap=True),
        *(Column(number, justify="right") for number in numbers),
        box=None,
        pad_edge=False,
    )
    for speed in speeds:
        table.add_row(
            speed.name,
            str(speed.packet_bytes),
            str(speed.samples_per_packet),
            *(f"{speed.decoded_hz / 1e6:.2f} M", f"{speed.decoded_ratio:.0f}"),
            *(f"{speed.finished_hz / 1e6:.2f} M", f"{speed.finished_ratio:.0f}"),
        )
    plain_console().print(table)


def found_json(found: Sequence[FoundSensor]) -> str:
    """Return sensors that were heard as JSON."""
    return _json(
        [
            {
                "profile": sensor.profile.key,
                "name": sensor.name,
                "address": sensor.address,
                "serial": sensor.serial,
                "rssi_dbm": sensor.rssi_dbm,
                "battery_percent": sensor.battery_percent,
                "firmware": sensor.firmware,
            }
            for sensor in found
        ]
    )


def runs_json(runs: Sequence[SensorRun], montage: SensorMontage) -> str:
    """Return what became of sensors as JSON; unknown numbers are null."""
    return _json(
        [
            {
                "placement": None if montage.name == UNPLACED else run.state.placement.name,
                "sensor": asdict(run.state.sensor),
                "phase": run.state.phase,
                "light": run.light,
                "reason": run.reason,
                "connected_after_s": run.connected_after_s,
                "n_samples": run.n_samples,
                "lost_share": run.lost_share,
                "reconnects": run.state.reconnects,
                "rssi_dbm": run.state.rssi_dbm,
                "battery_percent": run.state.battery_percent,
                "firmware": run.state.firmware,
                "quality": asdict(run.state.quality),
            }
            for run in runs
        ]
    )


def _json(content: Any) -> str:
    return json.dumps(_without_nan(content), indent=2)


def _without_nan(content: Any) -> Any:
    match content:
        case dict():
            return {key: _without_nan(value) for key, value in content.items()}
        case list():
            return [_without_nan(value) for value in content]
        case float():
            return content if math.isfinite(content) else None
        case _:
            return content


def _percent(share: float) -> float:
    return 100 * share


def _number(value: float | None, form: str, unit: str) -> str:
    return "-" if value is None or math.isnan(value) else f"{value:{form}}{unit}"
