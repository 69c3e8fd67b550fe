"""Cameras, video files and the demo subject: everything that delivers frames."""
