"""Jobs and the folder of their results: each is there whole or not at all, and names what it is the result of."""

from __future__ import annotations

import hashlib
import json
import os
import time
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from mia_core.errors import MiaError

Arrays = Mapping[str, NDArray[Any]]

_ABOUT: Final = "about"
_LEFT_OVER_S: Final = 3600.0


class LaboratoryError(MiaError):
    """An experiment can't be made as asked, or its results can't be read or written."""


@dataclass(frozen=True)
class Job:
    """One piece of work; equal descriptions give equal results.

    Attributes:
        kind: What is done with the settings.
        settings: JSON: everything the result follows from, the data's hash included.
        seed: Of whatever is random.
        label: For people.
        cost: How long it takes compared with others, for order and estimates alone.
        needs: Keys of jobs whose results it reads.
    """

    kind: str
    settings: Mapping[str, Any]
    seed: int = 0
    label: str = field(default="", compare=False)
    cost: float = field(default=1.0, compare=False)
    needs: tuple[str, ...] = ()

    @cached_property
    def description(self) -> str:
        """Canonical JSON of what the result follows from."""
        told = {"kind": self.kind, "settings": self.settings, "seed": self.seed, "needs": self.needs}
        return json.dumps(told, sort_keys=True, separators=(",", ":"), allow_nan=False)

    @cached_property
    def key(self) -> str:
        """SHA-256 of the description: the name of the result."""
        return hashlib.sha256(self.description.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class JobResult:
    """What a job gave.

    Attributes:
        arrays: By name.
        seconds: How long it took, wherever it ran.
    """

    arrays: Arrays
    seconds: float


class JobFolder:
    """Results as `KEY.npz`, without pickle.

    Args:
        path: Is made when absent.

    Raises:
        LaboratoryError: It can't be made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
            for part in path.glob("*.part"):  # a kill leaves them; a younger one may be another machine's
                with suppress(FileNotFoundError):  # it has become a result in this moment
                    if time.time() - part.stat().st_mtime > _LEFT_OVER_S:
                        part.unlink()
        except OSError as error:
            raise _not_written(path, error) from error

    def file(self, key: str) -> Path:
        """Where a job's result lies, if it is there."""
        return self.path / f"{key}.npz"

    def has(self, key: str) -> bool:
        """Whether the result is there and intact; a damaged one is taken away, so that it is made again."""
        file = self.file(key)
        try:
            with zipfile.ZipFile(file) as parts:
                if parts.testzip() is None and f"{_ABOUT}.npy" in parts.namelist():
                    return True
        except FileNotFoundError:
            return False
        except (OSError, zipfile.BadZipFile, EOFError):
            pass
        file.unlink(missing_ok=True)
        return False

    def save(self, job: Job, arrays: Arrays, seconds: float) -> None:
        """Store a result; it appears whole or not at all.

        Raises:
            LaboratoryError: It can't be written.
        """
        about = json.dumps({"job": job.description, "label": job.label, "seconds": seconds})
        part = self.path / f"{job.key}.{uuid4().hex}.part"
        try:
            with part.open("wb") as stream:
                np.savez(stream, allow_pickle=False, **{_ABOUT: np.array(about), **arrays})
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(self.file(job.key))
        except OSError as error:
            part.unlink(missing_ok=True)
            raise _not_written(self.path, error) from error

    def load(self, key: str) -> JobResult:
        """Read a result.

        Raises:
            LaboratoryError: It is not there, damaged, or another job's.
        """
        file = self.file(key)
        try:
            with np.load(file, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            about = json.loads(str(arrays.pop(_ABOUT)))
            if hashlib.sha256(about["job"].encode()).hexdigest() != key:
                raise ValueError("it is the result of another job")
            return JobResult(arrays, float(about["seconds"]))
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
            raise LaboratoryError(
                f"The result {file} can't be read ({error}).", "Delete this file and start the same command again."
            ) from error


def _not_written(path: Path, error: OSError) -> LaboratoryError:
    return LaboratoryError(f"{path} can't be written to ({error.strerror}).", "Choose another --out.")
