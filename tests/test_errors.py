from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from mia_core.errors import CameraNotFoundError, DeviceLostError, MissingExtraError, SessionFormatError


@pytest.mark.parametrize(
    "error",
    [
        CameraNotFoundError("There is no camera 3.", "Choose another."),
        DeviceLostError("camera 3", "unplugged"),
        MissingExtraError("Simulating", "sim"),
        SessionFormatError(Path("here"), "a session", "nothing"),
    ],
)
def test_an_error_comes_out_of_another_process_as_it_was(error):
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - what multiprocessing does
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)
