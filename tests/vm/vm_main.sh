#!/bin/sh
# What the virtual machine does: $1 is the repository, $2 its Python, $3 how many seconds to record.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root PYTHONDONTWRITEBYTECODE=1 OMP_NUM_THREADS=1
mkdir -p /run/dbus
dbus-daemon --system --fork
cd "$1" || exit
"$2" -m tests.vm.session "$3" 2>&1
echo o > /proc/sysrq-trigger
while :; do :; done  # until it is off
