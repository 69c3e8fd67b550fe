"""`mia sensors`: find sEMG sensors, look into them, write what they send into a file, see whether all of them hold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.terminal import plain_console

EXIT_RED = 1
SEARCH_S = 5.0
"""How long sensors are searched for where no montage was saved."""

sensors = typer.Typer(help="sEMG sensors over Bluetooth LE.", no_args_is_help=True)

SimulatedOption = Annotated[bool, typer.Option("--simulated", help="Use eight simulated sensors instead of real ones.")]
ProfileOption = Annotated[
    list[Path] | None, typer.Option("--profile", help="File that describes another kind of sensor; may be repeated.")
]
AdapterOption = Annotated[
    list[str] | None,
    typer.Option(
        "--adapter", help="Bluetooth adapter, such as hci1 (Linux); several share the sensors, as do all without it."
    ),
]
MontageOption = Annotated[str, typer.Option("--montage", help="Name of a saved montage; without it the last one.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@sensors.command("scan")
def scan_command(
    seconds: Annotated[float, typer.Option("--seconds", min=1.0, max=120.0, help="How long to listen.")] = 5.0,
    profile: ProfileOption = None,
    adapter: Annotated[str, typer.Option("--adapter", help="Bluetooth adapter, such as hci1 (Linux).")] = "",
    simulated: SimulatedOption = False,
    as_json: JsonOption = False,
) -> None:
    """List the sensors that are near, with serial number, signal strength and battery."""
    from app.sensor_sources import known_profiles, simulated_finds
    from app.sensor_tables import found_json, found_table
    from mia_core.sensors.ble_discovery import find_sensors
    from mia_core.sensors.bluetooth_adapters import shared_adapters

    profiles = known_profiles(profile or ())
    if simulated:
        found = simulated_finds()
    else:
        with plain_console(stderr=True).status("Searching, then reading each sensor's serial number ..."):
            found = find_sensors(seconds, profiles, (adapter,) if adapter else shared_adapters())
    if as_json:
        typer.echo(found_json(found))
    elif found:
        plain_console().print(found_table(found))
    else:
        typer.echo("No sensor was heard. Switch them on, bring them near, and close apps on phones that may hold them.")


@sensors.command("inspect")
def inspect_command(
    address: Annotated[str, typer.Argument(help="The address that `mia sensors scan` or the system says.")],
    notify_seconds: Annotated[
        float, typer.Option("--notify-seconds", min=0.0, max=600.0, help="How long to listen to what it sends.")
    ] = 0.0,
    adapter: Annotated[str, typer.Option("--adapter", help="Bluetooth adapter, such as hci1 (Linux).")] = "",
) -> None:
    """Show what any Bluetooth LE device offers, to describe a new kind of sensor in a file."""
    from app.sensor_tables import print_services
    from mia_core.sensors.gatt_inspector import inspect
    from mia_core.sensors.generic_profile import EXAMPLE_PROFILE

    with plain_console(stderr=True).status("Connecting ..."):
        services = inspect(address, notify_seconds, adapter)
    console = plain_console()
    print_services(services, console)
    console.print(f"To describe it as a sensor, copy {EXAMPLE_PROFILE}.")


@sensors.command("stream")
def stream_command(
    out: Annotated[Path, typer.Option("--out", help="CSV file to write; must not exist.")],
    montage: MontageOption = "",
    seconds: Annotated[
        float | None, typer.Option("--seconds", min=0.1, help="How long; without it until Ctrl-C.")
    ] = None,
    profile: ProfileOption = None,
    adapter: AdapterOption = None,
    simulated: SimulatedOption = False,
) -> None:
    """Write what the sensors of a montage send into a CSV file, sample by sample as it arrives."""
    from app.sensor_runs import record
    from app.sensor_sources import known_profiles, saved_montage, sensors_of, simulated_sensors
    from app.sensor_tables import runs_table

    if simulated:
        source = simulated_sensors()
    else:
        source = sensors_of(saved_montage(montage), known_profiles(profile or ()), adapter or ())
    runs = record(source, out, seconds)
    console = plain_console()
    console.print(runs_table(runs, source.montage))
    n_samples = sum(run.n_samples for run in runs)
    console.print(f"{n_samples} samples of {source.label}: {out}")
    if not n_samples:
        console.print("No sensor sent anything: see the column `light`.")
        raise typer.Exit(EXIT_RED)


@sensors.command("preflight")
def preflight_command(
    seconds: Annotated[float, typer.Option("--seconds", min=3.0, max=3600.0, help="How long to hold them.")] = 60.0,
    montage: MontageOption = "",
    profile: ProfileOption = None,
    adapter: AdapterOption = None,
    simulated: SimulatedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Connect all sensors for a while and judge each: before a session, or a purchase of an adapter.

    Without a saved montage: all sensors that are near. Ends with 1 when a sensor is red.
    """
    from app.interruption import stopped_by_ctrl_c
    from app.sensor_runs import watch
    from app.sensor_sources import known_profiles, saved_montage, sensors_of, simulated_sensors, unplaced
    from app.sensor_tables import runs_json, runs_table
    from mia_core.sensors.ble_discovery import find_sensors
    from mia_core.sensors.bluetooth_adapters import shared_adapters
    from mia_core.sensors.sensor_state import Light

    profiles = known_profiles(profile or ())
    if simulated:
        source = simulated_sensors()
    else:
        chosen = saved_montage(montage)
        if chosen is None:
            with plain_console(stderr=True).status("No montage was saved: searching ..."):
                chosen = unplaced(find_sensors(SEARCH_S, profiles, tuple(adapter or ()) or shared_adapters()))
        source = sensors_of(chosen, profiles, adapter or ())
    with stopped_by_ctrl_c() as stop:
        runs = watch(source, seconds, stop.is_set)
    if as_json:
        typer.echo(runs_json(runs, source.montage))
    else:
        plain_console().print(runs_table(runs, source.montage))
    n_red = sum(run.light is Light.RED for run in runs)
    if n_red:
        typer.echo(f"{n_red} of {len(runs)} sensors are not fit for use.", err=True)
        raise typer.Exit(EXIT_RED)


@sensors.command("emulate")
def emulate_command(
    controllers: Annotated[
        list[str] | None,
        typer.Argument(help="Bluetooth controllers, one for each sensor, such as usb:0 (bumble's names)."),
    ] = None,
    near: Annotated[
        str,
        typer.Option(
            "--near",
            help="Without controllers: the virtual adapter that hears the sensors. "
            "`vhci` gives it to this Linux machine, `tcp-server:_:9000` to who connects.",
        ),
    ] = "vhci",
    count: Annotated[int, typer.Option("--count", min=1, max=8, help="How many a virtual adapter hears.")] = 8,
) -> None:
    """Be eight M40s for other programs to connect to: for teaching and development, until Ctrl-C.

    What they send is invented.
    """
    from mia_core.sensors.emulator import emulate_near, emulate_on

    def on_event(serial: str, what: str) -> None:
        typer.echo(f"{serial} {what}")

    typer.echo("Emulated M40s: nothing that they send is measured. Ctrl-C ends them.")
    if controllers:
        emulate_on(controllers, on_event)
    else:
        emulate_near(near, count, on_event)
