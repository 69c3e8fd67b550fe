"""What holds for every test: no window on anybody's screen, and time limits by pytest-timeout alone."""

import os

from hypothesis import settings

os.environ["QT_QPA_PLATFORM"] = "offscreen"  # the one test of a real screen starts its own, in its own process

settings.register_profile("steady", deadline=None)  # a busy machine is no bug
settings.load_profile("steady")
