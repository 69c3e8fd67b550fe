"""The experiments: which windows they use, and that their tables and figures say what the results say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mia_core.dataset.first_version_videos import PAPERS_SUBJECT
from mia_core.laboratory import better_model, details, qualitative, similarity, table1, table2, transfer
from mia_core.laboratory.data_words import other_data, unit_in_full
from mia_core.laboratory.experiments import ALL, chosen, evaluation_of, jobs_of
from mia_core.laboratory.fitting import FitAndPredict, cut, put_together
from mia_core.laboratory.job_folder import JobFolder, LaboratoryError
from mia_core.laboratory.paper_values import TABLE1, TABLE2, is_papers_data
from mia_core.laboratory.presets import PAPER, QUICK, TRANSFORMER
from mia_core.laboratory.report import write_report
from mia_core.laboratory.workbench import Workbench
from mia_core.models.motion_transformer import HeadInit
from mia_core.muscles import MONTAGE
from tests.laboratory.small_bench import EXERCISES, SMALL, TINY, done, exercises_of
from tests.laboratory.some_windows import some_windows
from tests.laboratory.stored_set import stored


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    windows = some_windows(exercises=EXERCISES, channels=MONTAGE.names, subjects=("anna", "ben"), **SMALL)
    return Workbench.open(stored(tmp_path_factory.mktemp("data") / "some.windows", windows), TINY)


@pytest.fixture(scope="module")
def folder(bench, tmp_path_factory):
    return done(bench, JobFolder(tmp_path_factory.mktemp("jobs")))


def column(table, name):
    return [row[table.columns.index(name)] for row in table.rows]


def test_table1_says_the_errors_of_the_predictions(bench, folder):
    (table,), _ = table1.outcome(bench, folder)
    assert column(table, "Exercise") == ["Running", "Squat", "Pirouette", "Pooled", "Mean of exercises"]
    job = bench.job(TRANSFORMER, bench.in_distribution)
    test = bench.in_distribution.test
    squares = (bench.predicted(folder, job).astype(np.float64) - bench.windows.emg[test]) ** 2
    values = column(table, "In-distribution: Transformer")
    by_exercise = [np.sqrt(squares[bench.windows.exercise[test] == number].mean()) for number in range(3)]
    assert values == pytest.approx([*by_exercise, np.sqrt(squares.mean()), np.mean(by_exercise)])
    assert not any(name.startswith("Paper") for name in table.columns)
    assert "cnn_repo" in table.note
    assert {*table.compare[0], *table.compare[1], "Exercise"} == set(table.columns)


def test_one_subject_is_learned_from_and_judged_and_a_left_out_exercise_is_never_seen(bench):
    for job in table1.jobs(bench):
        rows = np.array(job.settings["train"] + job.settings["test"])
        assert set(bench.windows.subject[rows]) == {0}
        assert not set(job.settings["train"]) & set(job.settings["test"])
    for exercise in EXERCISES:
        split = bench.without(exercise)
        assert exercises_of(bench, split.train) == set(EXERCISES) - {exercise}
        assert exercises_of(bench, split.test) == {exercise}
        assert set(split.test) <= set(bench.in_distribution.test)
    networks = [job for job in table1.jobs(bench) if job.settings["learning"]]
    assert len(networks) == 2 * (1 + len(EXERCISES))


def test_the_papers_values_are_shown_for_the_papers_data_alone(bench, folder):
    papers = replace(bench.windows.about, layout="first_version", provenance="published", unit="counts")
    assert is_papers_data(papers)
    for other in (
        replace(papers, provenance="simulated"),
        replace(papers, layout="iccv2023"),
        replace(papers, channels=(*MONTAGE.names[:-1], "right_latissimus")),
    ):
        assert not is_papers_data(other)
    theirs = replace(bench, windows=replace(bench.windows, about=replace(papers, subjects=("anna", PAPERS_SUBJECT))))
    assert not theirs.papers, "the first subject of a set need not be the paper's"
    assert "not the subject" in theirs.setting
    theirs = replace(bench, windows=replace(bench.windows, about=replace(papers, subjects=(PAPERS_SUBJECT, "ben"))))
    theirs = replace(theirs, subject=PAPERS_SUBJECT)
    (table,), _ = table1.outcome(theirs, folder)
    assert column(table, "Paper, in-distribution: Random") == ["13.8", "15.6", "20.6", None, None]
    assert column(table, "Paper, exercise left out: Transformer")[0] == "16.9"
    assert not replace(theirs, subject="ben").papers
    assert "data" not in theirs.setting
    newer = replace(bench, windows=replace(bench.windows, about=replace(papers, layout="iccv2023")))
    assert "another version" in newer.setting
    (table,), _ = table2.outcome(theirs, folder)
    assert column(table, "Paper: CNN") == list(TABLE2["cnn"][:3])
    (table,), _ = similarity.outcome(theirs, folder)
    assert "Side shuffle" in column(table, "Paper: by muscles")


def test_the_papers_printed_mean_is_no_mean_of_its_column():
    printed = np.array([[float(value) for value in row.values()] for row in TABLE1.values()])
    exercises, mean = printed[:-1], printed[-1]
    assert exercises.shape == (20, 7)
    said = [20.13, 12.725, 9.311, 8.86, 19.18, 15.015, 14.54]
    assert exercises.mean(axis=0) == pytest.approx(said, abs=1e-3)
    assert (np.round(exercises.mean(axis=0), 1) != mean).all()
    quadratic = np.round(np.sqrt((exercises**2).mean(axis=0)), 1)
    assert quadratic == pytest.approx(mean, abs=0.21)
    assert (quadratic != mean).any()


@given(st.integers(1, 40).flatmap(lambda n_steps: st.tuples(st.just(n_steps), st.integers(1, n_steps))))
def test_pieces_put_together_are_the_windows(lengths):
    n_steps, length = lengths
    windows = some_windows(per_exercise=2, exercises=("squat",), n_steps=n_steps, stride=3)
    pieces = cut(windows, length)
    assert pieces.n_steps == length
    assert np.array_equal(put_together(np.asarray(pieces.emg), n_steps), windows.emg)
    first = pieces.start_step - np.repeat(windows.start_step, len(pieces) // len(windows))
    assert first.max() == n_steps - length


def test_table2_has_a_model_for_each_length_and_shares_the_longest_with_table1(bench, folder):
    jobs = table2.jobs(bench)
    assert len({job.key for job in jobs}) == 3 * 3
    shared = {job.key for job in jobs} & {job.key for job in table1.jobs(bench)}
    assert len(shared) == 3
    networks = [job.settings for job in jobs if job.settings["learning"]]
    assert {how["n_steps"] * how["learning"]["batch_size"] for how in networks} == {10 * 4}
    (table,), (figure,) = table2.outcome(bench, folder)
    assert column(table, "Seconds") == ["0.0", "0.5", "1.0"]
    assert figure.data["curves"][2]["y"] == column(table, "Transformer")
    (whole,), _ = table1.outcome(bench, folder)
    assert column(table, "NN")[-1] == column(whole, "In-distribution: NN")[-2]


def test_transfer_learns_from_growing_choices_of_exercises_and_is_judged_on_all(bench, folder):
    pretrained = transfer.pretrained(bench)
    plain = replace(bench, preset=replace(TINY, rehearses=False))
    jobs = [job for job in transfer.jobs(plain) if set(bench.windows.subject[job.settings["train"]]) == {1}]
    assert len(jobs) == 2 * (2 + 2 + 1)
    choices = {}
    for job in jobs:
        assert job.settings["test"] == bench.of_subject("ben").test.tolist()
        assert job.needs in ((), (pretrained.key,))
        choices.setdefault(len(exercises_of(bench, job.settings["train"])), []).append(job)
    assert sorted(choices) == [1, 2, 3]
    for smaller, larger in ((1, 2), (2, 3)):
        for job in choices[smaller]:
            sets = [exercises_of(bench, other.settings["train"]) for other in choices[larger]]
            assert any(exercises_of(bench, job.settings["train"]) < other for other in sets)
    (table,), (figure,) = transfer.outcome(bench, folder)
    assert column(table, "Exercises") == [0, 1, 2, 3]
    assert column(table, "From scratch: RMSE")[0] is None
    fine, scratch = figure.data["curves"]
    assert (fine["x"], scratch["x"]) == ([0, 1, 2, 3], [1, 2, 3])
    assert all(low <= y <= high for low, y, high in zip(fine["low"], fine["y"], fine["high"], strict=True))


def test_a_fine_tuned_model_rehearses_what_the_second_subject_has_not_done(bench):
    plain = replace(bench, preset=replace(TINY, rehearses=False))
    subject, exercise, names = bench.windows.subject, bench.windows.exercise, bench.windows.about.exercises
    for job, without in zip(transfer.jobs(bench), transfer.jobs(plain), strict=True):
        if not job.needs or job.settings["learning"] is None:
            assert job == without, "from scratch is from the second subject alone"
            continue
        train = np.array(job.settings["train"])
        assert train[subject[train] == 1].tolist() == without.settings["train"]
        own = train[subject[train] == 0]
        assert exercises_of(bench, own) == set(EXERCISES) - exercises_of(bench, without.settings["train"])
        known = bench.in_distribution.train
        there = [names.index(name) for name in exercises_of(bench, own)]
        assert own.tolist() == known[np.isin(exercise[known], there)].tolist()
    assert transfer.adapted(bench) == transfer.adapted(plain), "who has done everything has nothing to rehearse"
    assert not PAPER.rehearses


def test_a_model_that_is_used_as_it_is_says_what_it_said(bench, folder):
    own = transfer.pretrained(bench)
    job = bench.unchanged(own, bench.in_distribution)
    predicted = FitAndPredict(bench.path)(job, folder)["predicted"]
    assert np.array_equal(predicted, bench.predicted(folder, own))


def test_orders_are_nested_and_follow_from_the_seed():
    orders = transfer.nested_orders(EXERCISES, 3, 5)
    assert orders == transfer.nested_orders(EXERCISES, 3, 5)
    assert orders != transfer.nested_orders(EXERCISES, 3, 6)
    assert all(sorted(order) == sorted(EXERCISES) for order in orders)


def test_retrieval_counts_the_nearest_of_other_exercises():
    exercise = np.array([0, 0, 1, 1, 2])
    places = np.array([[0.0], [1.0], [1.2], [9.0], [10.0]], np.float32)
    shares = similarity.retrieved(places, places, exercise)
    assert shares.tolist() == [[0, 1, 0], [0.5, 0, 0.5], [0, 1, 0]]


@given(st.permutations(range(8)))
def test_the_order_of_exercises_brings_neighbours_together(order):
    band = np.array([[float(abs(row - column) == 1) for column in range(8)] for row in range(8)])
    found = similarity.near_diagonal(band[np.ix_(order, order)])
    assert [order[place] for place in found] in (list(range(8)), list(range(8))[::-1])


def test_figure8_shows_shares_of_queries_without_a_diagonal(bench, folder):
    (table,), (figure,) = similarity.outcome(bench, folder)
    for matrix in figure.data["matrices"]:
        for number, row in enumerate(matrix["values"]):
            assert row[number] is None
            assert sum(value for value in row if value is not None) == pytest.approx(1)
    assert set(column(table, "Exercise")) == set(figure.data["names"])
    assert all(share >= 1 / 2 for share in column(table, "By pose: share"))


def test_simulated_activity_is_not_called_measured(bench, folder):
    for made in (experiment.outcome(bench, folder) for experiment in (qualitative, similarity)):
        for part in (*made[0], *made[1]):
            assert "measured" not in f"{part.title} {part.note}"
    _, (figure,) = qualitative.outcome(bench, folder)
    assert "Dotted: the simulated activity;" in figure.note


def test_figure6_shows_the_window_of_median_error(bench, folder):
    _, (figure,) = qualitative.outcome(bench, folder)
    assert [example["label"] for example in figure.data["examples"]] == ["anna, pirouette", "ben, running"]
    example = figure.data["examples"][0]
    shown = np.array([channel["predicted"] for channel in example["channels"]]).T
    truth = np.array([channel["truth"] for channel in example["channels"]]).T
    mine = bench.windows.exercise[bench.in_distribution.test] == EXERCISES.index("pirouette")
    predicted = bench.predicted(folder, transfer.pretrained(bench))[mine]
    errors = np.sort(((predicted - bench.windows.emg[bench.in_distribution.test][mine]) ** 2).mean(axis=(1, 2)))
    assert ((shown - truth) ** 2).mean() == pytest.approx(errors[(len(errors) - 1) // 2], rel=1e-4)


def test_details_set_floors_beside_models(bench, folder):
    tables, figures = details.outcome(bench, folder)
    named = {table.name: table for table in tables}
    (whole,), _ = table1.outcome(bench, folder)
    models = dict(zip(column(named["models"], "Model"), column(named["models"], "Pooled RMSE: value"), strict=True))
    assert {"Mean", "Mean curve of the exercise", "NN, exercise unknown", "Random"} < set(models)
    assert models["CNN"] == pytest.approx(column(whole, "In-distribution: CNN")[-2])
    assert {figure.kind for figure in figures} == {"intervals", "curves"}
    assert "3 blocks, fewer than the 10" in named["models"].note


def test_models_are_compared_over_all_seeds_and_nothing_is_shown_by_two(bench, folder):
    (table,), (figure,) = better_model.outcome(bench, folder)
    assert {job.seed for job in better_model.jobs(bench)} == {0, 1}
    assert column(table, "Shown") == ["too few blocks"] * 6
    assert "10 blocks (here 3;" in table.note
    (whole,), _ = table1.outcome(bench, folder)
    left_out = [column(whole, f"Exercise left out: {name}")[-2] for name in ("Transformer", "CNN")]
    assert column(table, "Difference")[3] == pytest.approx(left_out[0] - left_out[1])
    assert [item["value"] for item in figure.data["items"]] == column(table, "Difference")


def test_everything_says_that_it_is_not_the_papers_setting(bench, folder, tmp_path):
    experiments, left_out = chosen(ALL, bench)
    evaluation = evaluation_of(experiments, bench, folder, left_out)
    assert not left_out
    for part in (evaluation, *evaluation.tables, *evaluation.figures):
        assert "not the paper's setting" in part.setting
        assert "Simulated data, not measured" in part.setting
        assert "keypoints are exact" in part.setting
    assert not [part.name for part in (*evaluation.tables, *evaluation.figures) if "{" in part.title + part.note]
    assert all("not the paper's setting" in line for line in evaluation.tables[0].to_csv().splitlines()[1:])
    said = f"anna (simulated sEMG): {len(bench.in_distribution.train)} windows of 1.0 s to learn from"
    assert evaluation.lead.startswith(said)
    assert "ben is the second subject. Errors are in counts; single models are of seed 0." in evaluation.lead
    titles = {part.name: part.title for part in (*evaluation.tables, *evaluation.figures)}
    for table, figure in (("models", "models-intervals"), ("retrieval", "figure8"), ("calibration", "reliability")):
        assert titles[table] == titles[figure]
    assert evaluation.seconds["Transformer"] == sum(
        1.0 for job in jobs_of(experiments, bench) if job.settings["predictor"] == TRANSFORMER
    )
    assert write_report(tmp_path, evaluation).is_file()
    names = [part.name for part in (*evaluation.tables, *evaluation.figures)]
    assert {"table1", "table2", "figure6", "figure7", "figure8"} <= set(names)
    assert len(set(names)) == len(names)


def test_a_unit_says_what_it_is_a_share_of_and_simulated_sensors_are_not_simulated_motion(bench):
    about = replace(bench.windows.about, unit="percent")
    assert unit_in_full(about) == "percent of full activation"
    recorded = replace(about, layout="mia-live")
    assert unit_in_full(recorded) == "percent of the maximal contraction"
    assert unit_in_full(replace(recorded, unit="mV")) == "mV"
    assert "real poses, but sensors of a simulator" in other_data(recorded)
    assert other_data(replace(recorded, provenance="recorded")) == "Recorded data, not the paper's."


def test_the_setting_says_the_numbers_of_the_preset(bench, folder):
    how = QUICK.networks[TRANSFORMER]
    assert f"{how.most_steps} steps of {how.batch_size} windows ({QUICK.transfer.most_steps} steps" in QUICK.setting
    for preset in (QUICK, PAPER):
        assert {one.head_init for one in preset.networks.values()} == {HeadInit.MEAN}
        assert "start at the mean of the training targets" in preset.setting
    assert "Networks learn from" not in bench.setting
    n_train = len(bench.in_distribution.train)
    thinned = replace(bench, preset=replace(TINY, most_windows=n_train - 1))
    assert f"{n_train - 1} windows at most, of {n_train}." in thinned.setting
    (table,), _ = transfer.outcome(bench, folder)
    assert f"take {TINY.transfer.most_steps} steps" in table.note
    assert "unfinished" in table.note
    assert "also go through anna's windows of the exercises that ben has not done" in table.note


def test_two_runs_give_the_same_numbers(bench, folder, tmp_path):
    again = JobFolder(tmp_path)
    for job in table1.jobs(bench)[:4]:
        again.save(job, FitAndPredict(bench.path)(job, again), 2.0)
        first, second = (results.load(job.key).arrays for results in (folder, again))
        assert first.keys() == second.keys()
        assert all(np.array_equal(first[name], second[name]) for name in first)


def test_one_subject_can_do_without_figure_7_but_not_be_transferred(tmp_path):
    windows = some_windows(per_exercise=6, exercises=EXERCISES, channels=MONTAGE.names)
    bench = Workbench.open(stored(tmp_path / "one.windows", windows), TINY)
    experiments, left_out = chosen(ALL, bench)
    assert "Figure 7" in left_out
    assert {job.seed for job in jobs_of(experiments, bench)} == {0, 1}
    with pytest.raises(LaboratoryError, match="one subject"):
        chosen("transfer", bench)
    with pytest.raises(LaboratoryError, match="carla"):
        Workbench.open(bench.path, TINY, "carla")


def test_a_set_that_changes_meanwhile_is_noticed(bench, tmp_path):
    windows = some_windows(per_exercise=6, exercises=EXERCISES, channels=MONTAGE.names)
    other = stored(tmp_path / "other.windows", windows)
    job = table1.jobs(bench)[0]
    with pytest.raises(LaboratoryError, match="changed"):
        FitAndPredict(other)(job, JobFolder(tmp_path / "jobs"))
