"""`mia model published` as a user runs it."""

from typer.testing import CliRunner

from app.cli import cli
from mia_core.dataset.channel_names import FIRST_VERSION_CHANNELS
from tests.laboratory.some_windows import some_windows
from tests.laboratory.stored_set import stored
from tests.models.authors_checkpoints import first_version, write


def test_says_what_it_drops_and_judges_on_the_held_out_part(tmp_path):
    path = write(tmp_path / "model_250", first_version())
    said = CliRunner().invoke(cli, ["model", "published", str(path)])
    assert said.exit_code == 0, said.output
    assert "2,430,856 numbers are used. Dropped because it never uses them: 594,312" in said.output
    data = stored(tmp_path / "a.windows", some_windows(per_exercise=20, channels=FIRST_VERSION_CHANNELS))
    said = CliRunner().invoke(cli, ["model", "published", str(path), "--data", str(data)])
    assert said.exit_code == 0, said.output
    values = {line.split()[0]: float(line.split()[1]) for line in said.output.splitlines() if len(line.split()) == 2}
    assert values.keys() == {"squat", "front_punch", "running", "pooled", "mean"}
    assert min(values.values()) > 0
    assert "simulated, on" in said.output


def test_what_is_no_checkpoint_is_a_sentence(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing of the kind")
    said = CliRunner().invoke(cli, ["model", "published", str(tmp_path / "notes.txt")])
    assert said.exit_code != 0
    assert "no checkpoint" in str(said.exception)
