"""Eight emulated M40s and a virtual Bluetooth adapter for this kernel, in a process of their own that takes orders.

Orders come line by line: `leave 3`, `back 3`, and the end of the input, upon which it prints what was sent as JSON.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import threading
import time
from collections import defaultdict

from bumble.link import LocalLink
from bumble.transport import open_transport

from mia_core.sensors.emulated_m40 import EmulatedM40, virtual_adapter, virtual_host

N_SENSORS = 8


async def main() -> None:
    """Emulate until the input ends."""
    sent_at_s: dict[int, list[float]] = defaultdict(list)

    def number(sensor: int, time_s: float) -> int:
        """Send a running number, modulo the range of an M40: it tells which sample it is."""
        sent_at_s[sensor].append(time_s)
        return (len(sent_at_s[sensor]) - 1) % 1024

    link = LocalLink()
    orders: asyncio.Queue[str] = asyncio.Queue()
    async with await open_transport("vhci") as transport:
        virtual_adapter(link, transport)
        sensors = [EmulatedM40(index, virtual_host(link, f"M40 {index + 1}"), number) for index in range(N_SENSORS)]
        for sensor in sensors:
            await sensor.start()
        print("ready", flush=True)
        loop = asyncio.get_running_loop()
        threading.Thread(target=_read, args=(loop, orders), daemon=True).start()
        while order := await orders.get():
            what, index = order.split()
            await (sensors[int(index)].leave() if what == "leave" else sensors[int(index)].come_back())
            print(time.monotonic(), flush=True)
        print(json.dumps([sent_at_s[index] for index in range(N_SENSORS)]), flush=True)


def _read(loop: asyncio.AbstractEventLoop, orders: asyncio.Queue[str]) -> None:
    for line in itertools.chain(sys.stdin, [""]):
        loop.call_soon_threadsafe(orders.put_nowait, line)


if __name__ == "__main__":
    asyncio.run(main())
