from mia_core.training.training_benchmark import BFLOAT16, EAGER, measure_training


def test_the_default_network_learns_twice_as_fast_as_the_papers_recipe():
    outcome = measure_training(rounds=1)
    assert list(outcome.speeds) == [EAGER, "modern", "paper", BFLOAT16]
    assert outcome.speeds[EAGER].speed_ratio == outcome.speeds[EAGER].processor_ratio == 1
    assert outcome.speeds["modern"].processor_ratio >= 2, "processor time, because a busy machine changes it little"
    for speed in outcome.speeds.values():
        assert speed.windows_per_s > 0
        assert speed.processor_ms > 0
    assert outcome.bfloat16_gain > 0
