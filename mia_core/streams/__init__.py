"""Sources and the hand-overs between threads."""

from mia_core.streams.buffers import Latest, LosslessQueue, RingBuffer
from mia_core.streams.fan_out import FanOut
from mia_core.streams.source import EndOfStream, Source, SourceInfo
from mia_core.streams.source_thread import SourceThread

__all__ = ["EndOfStream", "FanOut", "Latest", "LosslessQueue", "RingBuffer", "Source", "SourceInfo", "SourceThread"]
