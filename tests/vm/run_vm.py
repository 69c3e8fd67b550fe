"""The third rig: a real Linux kernel and real bluetoothd in QEMU, with emulated M40s on a virtual adapter.

    .venv/bin/python -m tests.vm.run_vm --seconds 30

Needs Debian or Ubuntu with `apt-get install qemu-system-x86 bluez`, the extra `emulate`, and some 400 MB in `build/vm`;
no root, no radio. It downloads Debian's kernel, boots it on this machine's own files (read-only) in about ten seconds,
runs `tests.vm.session` there, and prints what was measured as JSON. KVM is not needed.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "vm"
CONSOLE = BUILD / "console.log"
RESULT = "RESULT "
PATIENCE_S = 400.0
"""Added to the length of the session, for booting, importing and connecting on an emulated processor."""
MODULES = ("virtio_pci", "9pnet_virtio", "9p", "hci_vhci")
CRYPTO = ("aes_generic", "ecb", "cmac", "ecdh_generic", "algif_hash", "algif_skcipher")
"""What bluetoothd and the kernel's Bluetooth ask for by name, which nobody loads for them here."""

INIT = """#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t devtmpfs dev /dev; mount -t proc proc /proc; mount -t sysfs sys /sys
for module in /modules/*.ko; do insmod $module; done
mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,cache=loose,ro host /root
mount --move /dev /root/dev; mount --move /proc /root/proc; mount --move /sys /root/sys
mount -t tmpfs run /root/run; mount -t tmpfs tmp /root/tmp; mount -t tmpfs state /root/var/lib/bluetooth
exec switch_root /root /bin/sh {main} {arguments}
"""


class NoResultError(Exception):
    """The session in the machine did not come to its end."""


def main() -> None:
    """Boot, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0, help="how long the sensors are recorded")
    if (missing := what_is_missing()) is not None:
        sys.exit(missing)
    try:
        print(json.dumps(measure(parser.parse_args().seconds), indent=2))
    except NoResultError as error:
        sys.exit(str(error))


def what_is_missing() -> str | None:
    """Return why this can't be run here, None when it can."""
    if shutil.which("qemu-system-x86_64") is None or not Path("/usr/libexec/bluetooth/bluetoothd").exists():
        return "QEMU or bluetoothd is missing: apt-get install qemu-system-x86 bluez"
    return None


def measure(seconds: float) -> dict[str, Any]:
    """Boot, record the sensors for a while, and return what `tests.vm.session` measured.

    Raises:
        NoResultError: The session did not come to its end; with the last lines of the machine's console.
    """
    kernel, initial_files = _kernel(), BUILD / "initrd.gz"
    arguments = f"{ROOT} {Path(sys.prefix) / 'bin' / 'python'} {seconds}"
    initial_files.write_bytes(_initrd(INIT.format(main=ROOT / "tests" / "vm" / "vm_main.sh", arguments=arguments)))
    command = [
        *("qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "2048"),
        *("-nographic", "-no-reboot", "-nic", "none", "-kernel", str(kernel), "-initrd", str(initial_files)),
        # Without the last two the processor is slower still, or hangs in a self-test once in a dozen boots.
        *("-append", "console=ttyS0 quiet panic=-1 mitigations=off cryptomgr.notests=1"),
        *("-fsdev", "local,id=host,path=/,security_model=none,readonly=on,multidevs=remap"),
        *("-device", "virtio-9p-pci,fsdev=host,mount_tag=host"),
    ]
    begun_s = time.monotonic()
    with CONSOLE.open("wb") as console:
        machine = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT)
        try:
            machine.wait(seconds + PATIENCE_S)
        except subprocess.TimeoutExpired:
            machine.kill()
            machine.wait()
    lines = CONSOLE.read_text(errors="replace").splitlines()
    results = [line.split(RESULT, 1)[1] for line in lines if RESULT in line]
    if not results:
        said = [line for line in lines if not line.startswith("[")]  # the kernel's own
        raise NoResultError("\n".join([*said[-60:], f"The session did not end; all of what it said: {CONSOLE}"]))
    return json.loads(results[0]) | {"wall_s": round(time.monotonic() - begun_s, 1)}


def _kernel() -> Path:
    """Return Debian's kernel; it and busybox are downloaded by the first run."""
    if not list(BUILD.glob("files/boot/vmlinuz-*")):
        BUILD.mkdir(parents=True, exist_ok=True)
        depends = subprocess.run(
            ["apt-cache", "depends", "linux-image-amd64"], capture_output=True, text=True, check=True
        )
        image = re.search(r"linux-image-\S*-amd64$", depends.stdout, re.MULTILINE)
        if image is None:
            sys.exit("apt knows no linux-image-amd64: this needs Debian.")
        subprocess.run(["apt-get", "download", image.group(), "busybox-static"], cwd=BUILD, check=True)
        for package in BUILD.glob("*.deb"):
            subprocess.run(["dpkg-deb", "--extract", package, BUILD / "files"], check=True)
            package.unlink()
    return next(BUILD.glob("files/boot/vmlinuz-*"))


def _initrd(init: str) -> bytes:
    """Return the first files of the machine: busybox, modules in the order of their needs, and what to do."""
    paths = {path.stem: path for path in BUILD.glob("files/lib/modules/**/*.ko")}
    ordered: dict[str, Path] = {}

    def need(name: str) -> None:
        if name in ordered or name not in paths:  # built into the kernel
            return
        depends = re.search(rb"\0depends=([^\0]*)", paths[name].read_bytes())
        for other in depends.group(1).decode().split(",") if depends else ():
            need(other.replace("-", "_") if other.replace("-", "_") in paths else other)
        ordered[name] = paths[name]

    for name in (*MODULES, *CRYPTO):
        need(name)
    files = {"bin/busybox": (BUILD / "files" / "bin" / "busybox").read_bytes(), "init": init.encode()}
    files |= {f"modules/{n:02}_{name}.ko": path.read_bytes() for n, (name, path) in enumerate(ordered.items())}
    folders = ("bin", "modules", "dev", "proc", "sys", "root")
    archive = [_entry(folder, stat.S_IFDIR | 0o755, b"") for folder in folders]
    archive += [_entry(name, stat.S_IFREG | 0o755, content) for name, content in files.items()]
    return gzip.compress(b"".join([*archive, _entry("TRAILER!!!", 0, b"")]), 1)


def _entry(name: str, mode: int, content: bytes) -> bytes:
    """Return one file as the kernel reads it from its archive (cpio, "newc")."""
    numbers = (0, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08X" % number for number in numbers) + name.encode() + b"\0"
    return head + bytes(-len(head) % 4) + content + bytes(-len(content) % 4)


if __name__ == "__main__":
    main()
