"""M40s without M40s: for development, teaching and tests. Nothing they send is measured.

They are published on real controllers, or heard by a virtual adapter that this or another computer then has. Needs the
optional extra `emulate` (bumble).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final

from mia_core.errors import MiaError, MissingExtraError

if TYPE_CHECKING:
    from bumble.transport.common import Transport

    from mia_core.sensors.emulated_m40 import EmulatedM40, OnEvent

VHCI: Final = "vhci"
"""Linux's own way to have a virtual Bluetooth adapter."""
ANSWER_TIMEOUT_S: Final = 10.0
STOP_TIMEOUT_S: Final = 2.0


class EmulatorError(MiaError):
    """Sensors could not be emulated."""


def emulate_on(controllers: Sequence[str], on_event: OnEvent) -> None:
    """Publish one M40 on each Bluetooth controller until Ctrl-C; blocks, and ends them in order.

    Args:
        controllers: bumble's names of controllers that no other program uses: `usb:0`, `hci-socket:0`,
            `serial:/dev/ttyACM0,1000000`, `tcp-client:host:port`.
        on_event: Told what happens to the sensors.

    Raises:
        MissingExtraError: bumble is not installed.
        EmulatorError: A controller can't be used, or was lost.
    """
    _run(lambda stack: _on_controllers(controllers, on_event, stack))


def emulate_near(adapter: str, count: int, on_event: OnEvent) -> None:
    """Publish M40s on a virtual link, which a virtual adapter hears, until Ctrl-C; blocks, and ends them in order.

    Args:
        adapter: bumble's name of where the adapter is offered: `vhci` gives it to this Linux machine,
            `tcp-server:_:9000` to who connects.
        count: How many.
        on_event: Told what happens to the sensors.

    Raises:
        MissingExtraError: bumble is not installed.
        EmulatorError: The adapter can't be offered, or was lost.
    """
    _run(lambda stack: _near(adapter, count, on_event, stack))


def _run(publish: Callable[[AsyncExitStack], Awaitable[list[Transport]]]) -> None:
    """Publish sensors and let them be until Ctrl-C, or until what they need is lost."""
    try:
        import bumble  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("Emulating sensors", "emulate") from error
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_until_lost(publish))


async def _until_lost(publish: Callable[[AsyncExitStack], Awaitable[list[Transport]]]) -> None:
    async with AsyncExitStack() as stack:
        transports = await publish(stack)
        await asyncio.wait([each.source.terminated for each in transports], return_when=asyncio.FIRST_COMPLETED)
        raise EmulatorError("A Bluetooth controller was lost.", "Plug it in and start again.")


async def _on_controllers(controllers: Sequence[str], on_event: OnEvent, stack: AsyncExitStack) -> list[Transport]:
    from bumble.host import Host

    from mia_core.sensors.emulated_m40 import EmulatedM40

    transports = []
    for index, name in enumerate(controllers):
        async with _answers(name):
            transports.append(await _open(name, stack))
            host = Host(transports[-1].source, transports[-1].sink)
            await _start(EmulatedM40(index, host, on_event=on_event), stack)
    return transports


async def _near(adapter: str, count: int, on_event: OnEvent, stack: AsyncExitStack) -> list[Transport]:
    from bumble.link import LocalLink

    from mia_core.sensors.emulated_m40 import EmulatedM40, virtual_adapter, virtual_host

    link = LocalLink()  # type: ignore[no-untyped-call]
    async with _answers(adapter):
        transport = await _open(adapter, stack)
    virtual_adapter(link, transport)
    for index in range(count):
        await _start(EmulatedM40(index, virtual_host(link, f"M40 {index + 1}"), on_event=on_event), stack)
    return [transport]


async def _open(name: str, stack: AsyncExitStack) -> Transport:
    from bumble.transport import open_transport

    transport = await open_transport(name)
    stack.push_async_callback(transport.close)
    return transport


async def _start(sensor: EmulatedM40, stack: AsyncExitStack) -> None:
    stack.push_async_callback(_stop, sensor)
    await sensor.start()


async def _stop(sensor: EmulatedM40) -> None:
    from bumble.core import BaseBumbleError

    with contextlib.suppress(BaseBumbleError, OSError, TimeoutError):  # its controller was lost, or hangs
        async with asyncio.timeout(STOP_TIMEOUT_S):
            await sensor.stop()


@contextlib.asynccontextmanager
async def _answers(name: str) -> AsyncIterator[None]:
    """Give a controller some time, and say which one it was that failed."""
    from bumble.core import BaseBumbleError
    from usb1 import USBError  # type: ignore[import-untyped]  # by which bumble reaches dongles

    try:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            yield
    except (BaseBumbleError, USBError, OSError, ValueError, TimeoutError) as error:
        needs = "Load it with `sudo modprobe hci_vhci`, and run this as root." if name == VHCI else ""
        raise EmulatorError(
            f"The Bluetooth controller {name!r} can't be used: {str(error) or 'it does not answer'}.",
            needs or "Check its name and your rights to it, and that no other program uses it.",
        ) from error
