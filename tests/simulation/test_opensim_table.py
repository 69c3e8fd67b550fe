import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mia_core.simulation.opensim_table import OpenSimTableError, read_opensim_table

SMALL = """Coordinates
version=3
nRows=3
nColumns=3
inDegrees=no
endheader
time\t/jointset/hip_r/hip_flexion_r/value\tknee
0.0\t1\t10
0.5\t2\t20
1.5\t4\t0
"""


@settings(max_examples=60)
@given(
    st.lists(st.text("abcxyz_", min_size=1, max_size=8), unique=True, min_size=1, max_size=5).filter(
        lambda names: "time" not in names
    ),
    st.integers(2, 6),
    st.booleans(),
    st.data(),
)
def test_a_written_table_is_read_back(tmp_path_factory, columns, n_rows, in_degrees, data):
    number = st.floats(-1e6, 1e6, allow_subnormal=False)
    values = data.draw(st.lists(number, min_size=n_rows * len(columns), max_size=n_rows * len(columns)))
    values = np.array(values).reshape(n_rows, len(columns))
    times = np.cumsum(data.draw(st.lists(st.floats(0.01, 1.0), min_size=n_rows, max_size=n_rows)))
    rows = ["\t".join(map(repr, (time, *row))) for time, row in zip(times.tolist(), values.tolist(), strict=True)]
    head = f"x\nnRows={n_rows}\ninDegrees={'yes' if in_degrees else 'no'}\nendheader\n"
    path = tmp_path_factory.mktemp("table") / "table.sto"
    path.write_text("\n".join([head + "\t".join(["time", *columns]), *rows]) + "\n", encoding="utf-8")
    table = read_opensim_table(path)
    assert table.columns == tuple(columns)
    assert table.in_degrees is in_degrees
    np.testing.assert_array_equal(table.times_s, times)
    np.testing.assert_array_equal(table.values, values)


def small(tmp_path, *change):
    path = tmp_path / "small.mot"
    path.write_text(SMALL.replace(*change) if change else SMALL, encoding="utf-8")
    return path


def test_values_are_interpolated_by_the_coordinates_name(tmp_path):
    table = read_opensim_table(small(tmp_path))
    np.testing.assert_allclose(table.at(np.array([0.25, 1.0]), "knee", "hip_flexion_r"), [[15.0, 1.5], [10.0, 3.0]])


def test_a_column_or_time_that_is_not_there_is_an_error(tmp_path):
    table = read_opensim_table(small(tmp_path))
    with pytest.raises(OpenSimTableError, match="no column ankle"):
        table.at(np.array([0.5]), "knee", "ankle")
    with pytest.raises(OpenSimTableError, match=r"from 0\.000 to 1\.500 s"):
        table.at(np.array([0.5, 1.6]), "knee")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("endheader", "end"), "header has no end"),
        (("nRows=3", "nRows=4"), "it has 3 rows, but its header says 4"),
        (("nRows=3\n", ""), "it has 3 rows, but its header says None"),
        (("0.5\t2\t20", "0.5\t2"), "row 1 has 2 values for 3 columns"),
        (("0.5\t2\t20", "0.5\t2\tx"), "text where a number"),
        (("0.5\t2\t20", "0.5\t2\tinf"), "not finite"),
        (("0.5\t2\t20", "0.0\t2\t20"), "times do not increase"),
        (("time\t", "t\t"), "first column is not the time"),
        (("\tknee", "\thip_flexion_r"), "same name"),
        (("0.0\t1\t10\n0.5\t2\t20\n1.5\t4\t0\n", ""), "0 rows, but"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(tmp_path, change, reason):
    assert SMALL.count(change[0]) == 1
    with pytest.raises(OpenSimTableError, match=reason) as caught:
        read_opensim_table(small(tmp_path, *change))
    assert "small.mot" in str(caught.value)
    assert caught.value.advice


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(OpenSimTableError, match="can't be read"):
        read_opensim_table(tmp_path / "none.sto")
