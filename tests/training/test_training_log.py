import json

from mia_core.training.training_log import TrainingLog, TrainingProgress

REPORT = TrainingProgress(
    step=250,
    steps=1000,
    loss=0.5,
    learning_rate=1e-3,
    windows_per_s=100.0,
    wall_s=3.0,
    best_step=250,
    scores={"virtual subjects": 0.5},
    rmse_over_mean=0.5,
)


def at(step):
    values = {name: getattr(REPORT, name) for name in TrainingProgress.__slots__}
    return TrainingProgress(**{**values, "step": step})


def test_a_line_for_every_evaluation(tmp_path):
    log = TrainingLog(tmp_path)
    for step in (250, 500):
        log.append(at(step), {})
    lines = [json.loads(line) for line in log.path.read_text().splitlines()]
    assert [(line["step"], line["metrics"]) for line in lines] == [(250, {}), (500, {})]
    assert log.read() == [at(250), at(500)]


def test_a_line_that_a_kill_cut_off_is_passed_over_and_taken_out(tmp_path):
    log = TrainingLog(tmp_path)
    log.append(REPORT, {})
    with log.path.open("a") as file:
        file.write('{"step": 500, "st')
    assert log.read() == [REPORT]
    log.go_back_to(250)
    log.append(at(500), {})
    assert log.read() == [REPORT, at(500)]


def test_goes_back_to_where_the_run_stands(tmp_path):
    log = TrainingLog(tmp_path)
    log.go_back_to(0)
    assert not log.path.exists()
    for step in (250, 500, 750):
        log.append(at(step), {})
    log.go_back_to(500)
    assert log.read() == [at(250), at(500)]
