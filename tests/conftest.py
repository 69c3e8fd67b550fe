"""What holds for every test: no window on anybody's screen, one thread, and time limits by pytest-timeout alone."""

import os
import signal

from hypothesis import settings

os.environ.setdefault("OMP_NUM_THREADS", "1")  # threads that wait for one another on a busy machine take minutes
os.environ["QT_QPA_PLATFORM"] = "offscreen"  # the one test of a real screen starts its own, in its own process

# A shell that runs the tests in the background has them ignore Ctrl-C, which the programs under test would inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("steady", deadline=None)  # a busy machine is no bug
settings.load_profile("steady")
