"""The one way to import OpenCV here: quiet, and without leaving its Qt 5 plug-in paths in the environment.

The wheels of opencv-python set two variables for the Qt 5 that they carry; a Qt 6 window in the same process, or in a
child of it, would look for its plug-ins there. `cv2.imshow` is never used.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENCV_LOG_LEVEL", "FATAL")
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # AV_LOG_QUIET: what goes wrong is said in our own words

import cv2

for _name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
    os.environ.pop(_name, None)

__all__ = ["cv2"]
