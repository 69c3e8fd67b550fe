"""Build `pose_landmarker_full.task` from the two networks that the mediapipe 0.10.21 wheel carries.

MediaPipe 0.10.31, which the application uses, ships no networks, and the two in the older wheel lack the metadata that
the newer library asks for: how pixel values are scaled. This script downloads the wheel with pip, checks every input
against a pinned SHA-256, writes the missing metadata (pixel / 255) with flatbuffers and the schema modules of the
installed mediapipe, and zips both into a bundle. The output is the same byte for byte on every machine.

Run: python resources/pose/build_pose_model.py [--wheel mediapipe-0.10.21-….whl]
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import flatbuffers
import numpy as np

WHEEL_PLATFORM = "manylinux_2_28_x86_64"
WHEEL_PYTHON = "311"
DETECTOR = "mediapipe/modules/pose_detection/pose_detection.tflite"
LANDMARKS = "mediapipe/modules/pose_landmark/pose_landmark_full.tflite"
SHA256 = {
    DETECTOR: "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
    LANDMARKS: "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
}
OUTPUT = Path(__file__).with_name("pose_landmarker_full.task")


def main() -> None:
    """Build the bundle beside this script and print its hash."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wheel", type=Path, help="an already downloaded mediapipe 0.10.21 wheel")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wheel = arguments.wheel or download_wheel(Path(folder))
        networks = read_networks(wheel)
    bundle = zip_stored(
        {
            "pose_detector.tflite": networks[DETECTOR],
            "pose_landmarks_detector.tflite": add_normalization(networks[LANDMARKS], mean=0.0, std=255.0),
        }
    )
    OUTPUT.write_bytes(bundle)
    sys.stdout.write(f"{OUTPUT.name}: {len(bundle)} bytes, sha256 {hashlib.sha256(bundle).hexdigest()}\n")


def download_wheel(folder: Path) -> Path:
    """Download the wheel with pip and return its path."""
    command = [sys.executable, "-m", "pip", "download", "mediapipe==0.10.21", "--no-deps", "--only-binary=:all:"]
    command += ["--platform", WHEEL_PLATFORM, "--python-version", WHEEL_PYTHON, "--dest", str(folder)]
    subprocess.run(command, check=True)
    return next(folder.glob("mediapipe-*.whl"))


def read_networks(wheel: Path) -> dict[str, bytes]:
    """Return both networks of the wheel, after checking that they are the pinned ones."""
    networks = {}
    with zipfile.ZipFile(wheel) as archive:
        for name, expected in SHA256.items():
            networks[name] = archive.read(name)
            found = hashlib.sha256(networks[name]).hexdigest()
            if found != expected:
                raise SystemExit(f"{name} in {wheel} has sha256 {found}, expected {expected}: is it another release?")
    return networks


def add_normalization(network: bytes, mean: float, std: float) -> bytes:
    """Return the network with metadata that scales pixels as (pixel - mean) / std; the weights are untouched."""
    schema = _load_schema("schema_py_generated")
    _keep_alignment(schema)
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(network, 0))
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(_metadata(mean, std, len(model.subgraphs[0].outputs)), np.uint8)
    model.buffers.append(buffer)
    entry = schema.MetadataT()
    entry.name = "TFLITE_METADATA"
    entry.buffer = len(model.buffers) - 1
    model.metadata = [*(model.metadata or []), entry]
    builder = flatbuffers.Builder(len(network) + 4096)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _metadata(mean: float, std: float, n_outputs: int) -> bytes:
    schema = _load_schema("metadata_schema_py_generated")
    image = schema.TensorMetadataT()
    image.name = "image"
    image.content = schema.ContentT()
    image.content.contentPropertiesType = schema.ContentProperties.ImageProperties
    image.content.contentProperties = schema.ImagePropertiesT()
    image.content.contentProperties.colorSpace = schema.ColorSpaceType.RGB
    scaling = schema.ProcessUnitT()
    scaling.optionsType = schema.ProcessUnitOptions.NormalizationOptions
    scaling.options = schema.NormalizationOptionsT()
    scaling.options.mean, scaling.options.std = [mean], [std]
    image.processUnits = [scaling]
    image.stats = schema.StatsT()
    image.stats.min, image.stats.max = [(0 - mean) / std], [(255 - mean) / std]
    graph = schema.SubGraphMetadataT()
    graph.inputTensorMetadata = [image]
    graph.outputTensorMetadata = []
    for index in range(n_outputs):
        output = schema.TensorMetadataT()
        output.name = f"output_{index}"
        graph.outputTensorMetadata.append(output)
    root = schema.ModelMetadataT()
    root.name = "BlazePose landmarks"
    root.subgraphMetadata = [graph]
    root.minParserVersion = "1.0.0"
    builder = flatbuffers.Builder(0)
    builder.Finish(root.Pack(builder), b"M001")
    return bytes(builder.Output())


def _load_schema(name: str) -> ModuleType:
    """Import one of mediapipe's generated schema modules without importing mediapipe itself."""
    package = importlib.util.find_spec("mediapipe")
    if package is None or package.origin is None:
        raise SystemExit("mediapipe is not installed; run `pip install -e .` first.")
    path = Path(package.origin).parent / "tasks" / "metadata" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{path} is missing; is mediapipe 0.10.31 installed?")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _keep_alignment(schema: ModuleType) -> None:
    """Make buffers keep the 16-byte alignment that the schema asks for and the generated Python code drops."""

    def pack(self: Any, builder: Any) -> int:
        data = None
        if self.data is not None and len(self.data):
            raw = np.asarray(self.data, np.uint8).tobytes()
            builder.StartVector(1, len(raw), 16)
            builder.head -= len(raw)
            builder.Bytes[builder.head : builder.head + len(raw)] = raw
            data = builder.EndVector()
        schema.BufferStart(builder)
        if data is not None:
            schema.BufferAddData(builder, data)
        return int(schema.BufferEnd(builder))

    schema.BufferT.Pack = pack


def zip_stored(files: dict[str, bytes]) -> bytes:
    """Return an uncompressed zip with fixed dates, so that equal content gives equal bytes."""
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)
    return output.getvalue()


if __name__ == "__main__":
    main()
