"""The guided check on simulated sensors, with every fault that it must find. Rates are printed: run with `-s`."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from mia_core.muscles import MONTAGE, Muscle, Placement, Side
from mia_core.sensors.muscle_check import CheckKind, Finding, MuscleCheck, MuscleCheckSettings
from mia_core.sensors.profiles import M40, NPG_LITE
from mia_core.sensors.sensor_montage import SensorMontage
from mia_core.sensors.simulated_sensors import SIMULATED_MONTAGE, SimulatedSensors
from tests.fakes.subjects import Subject, by_placement

PLACEMENTS = MONTAGE.placements
LEFT_BICEPS, LEFT_TRICEPS, RIGHT_BICEPS = PLACEMENTS[0], PLACEMENTS[1], PLACEMENTS[4]
PAIRS = list(itertools.combinations(PLACEMENTS, 2))
QUICK = MuscleCheckSettings(rest_s=2.0, effort_s=2.0)


def no_fault(_sensors: SimulatedSensors) -> None:
    pass


def checked(
    seed: int, fault: Callable[[SimulatedSensors], None] = no_fault, prompts: Sequence[Placement] = PLACEMENTS
) -> MuscleCheck:
    """Lead a subject through the check of some muscles."""
    subject = Subject(seed)
    fault(subject.sensors)
    check = MuscleCheck(subject.sensors.montage, subject.sensors.profile_of, QUICK)
    subject.rest()
    check.begin_rest()
    push(check, subject, QUICK.rest_s)
    for placement in prompts:
        subject.contract(placement)
        check.begin(placement)
        push(check, subject, QUICK.effort_s)
        check.finish()
        subject.rest()
    return check


def push(check: MuscleCheck, subject: Subject, seconds: float) -> None:
    for placement, (_, values) in by_placement(subject.during(seconds)).items():
        check.push(placement, values)


def of(check: MuscleCheck) -> dict[Placement, Finding]:
    return {finding.placement: finding for finding in check.findings()}


def bystander(*affected: Placement) -> Placement:
    return next(placement for placement in PLACEMENTS if placement not in affected)


def test_good_montages_raise_no_alarm() -> None:
    checks = [checked(seed) for seed in range(20)]
    alarms = [finding for check in checks for finding in check.findings() if finding.kind is not CheckKind.OK]
    print(f"false alarms: {len(alarms)} of {8 * len(checks)}")
    assert sum(len(check.findings()) for check in checks) == 160
    assert alarms == []
    assert all(check.suggested() == SIMULATED_MONTAGE for check in checks)


def test_every_swapped_pair_is_found_and_put_right() -> None:
    right = 0
    for seed, (a, b) in enumerate(PAIRS):
        other = bystander(a, b)
        check = checked(seed, lambda sensors, a=a, b=b: sensors.swap(a, b), (a, b, other))
        expected = {
            a: Finding(a, CheckKind.SWAPPED, b),
            b: Finding(b, CheckKind.SWAPPED, a),
            other: Finding(other, CheckKind.OK),
        }
        right += of(check) == expected and check.suggested() == SIMULATED_MONTAGE.swapped(a, b)
    print(f"swapped pairs found and put right: {right} of {len(PAIRS)}")
    assert right == len(PAIRS)


def test_one_prompt_is_enough_to_suggest_an_exchange() -> None:
    check = checked(1, lambda sensors: sensors.swap(LEFT_BICEPS, RIGHT_BICEPS), [LEFT_BICEPS])
    assert check.findings() == (Finding(LEFT_BICEPS, CheckKind.SWAPPED, RIGHT_BICEPS),)
    assert check.suggested() == SIMULATED_MONTAGE.swapped(LEFT_BICEPS, RIGHT_BICEPS)


@pytest.mark.parametrize("seed", range(4))
def test_sensors_in_a_ring_are_put_right(seed: int) -> None:
    a, b, c = (PLACEMENTS[place] for place in np.random.default_rng(seed).choice(8, 3, replace=False))

    def ring(sensors: SimulatedSensors) -> None:
        sensors.swap(a, b)
        sensors.swap(b, c)

    check = checked(seed, ring)
    assert sum(finding.kind is CheckKind.SWAPPED for finding in check.findings()) == 3
    # The sensor called a lies on b, that of b on c, and that of c on a.
    suggested = check.suggested()
    put_right = [suggested.sensor_at(placement) for placement in (b, c, a)]
    assert put_right == [SIMULATED_MONTAGE.sensor_at(placement) for placement in (a, b, c)]
    assert len(suggested.assignments) == 8


@pytest.mark.parametrize(
    ("break_it", "kind"),
    [(SimulatedSensors.flatten, CheckKind.DEAD), (SimulatedSensors.saturate, CheckKind.SATURATED)],
)
def test_every_dead_or_saturated_sensor_is_found(
    break_it: Callable[[SimulatedSensors, Placement], None], kind: CheckKind
) -> None:
    right = 0
    for seed, placement in enumerate(PLACEMENTS):
        other = bystander(placement)
        check = checked(seed, lambda sensors, at=placement: break_it(sensors, at), (placement, other))
        right += of(check) == {placement: Finding(placement, kind), other: Finding(other, CheckKind.OK)}
        assert check.suggested() == SIMULATED_MONTAGE, "a broken sensor is no reason to exchange others"
    print(f"{kind} found: {right} of {len(PLACEMENTS)}")
    assert right == len(PLACEMENTS)


def test_crosstalk_is_found_and_told_from_a_swap() -> None:
    random = np.random.default_rng(0)
    right, n = 0, 20
    for seed in range(n):
        a, b = (PLACEMENTS[place] for place in random.choice(8, 2, replace=False))
        share = random.uniform(0.7, 1.0)
        check = checked(seed, lambda sensors, a=a, b=b, share=share: sensors.add_crosstalk(a, b, share), (a, b))
        right += of(check)[a] == Finding(a, CheckKind.CROSSTALK, b) and of(check)[b].kind is CheckKind.OK
        assert check.suggested() == SIMULATED_MONTAGE
    print(f"cross-talk found: {right} of {n}")
    assert right == n


def test_a_dead_sensor_is_not_mistaken_for_one_on_the_antagonist() -> None:
    """The antagonist contracts a little, and its channel is the only one that rises."""
    check = checked(3, lambda sensors: sensors.flatten(LEFT_BICEPS))
    assert [finding for finding in check.findings() if finding.kind is not CheckKind.OK] == [
        Finding(LEFT_BICEPS, CheckKind.DEAD)
    ]


def fed(montage: SensorMontage, rest: float, efforts: dict[Placement, dict[Placement, float]]) -> MuscleCheck:
    """Check with made-up levels, for what the simulated sensors do not do."""
    random = np.random.default_rng(5)
    check = MuscleCheck(montage, lambda _placement: M40, QUICK)
    check.begin_rest()
    for placement, _ in montage.assignments:
        check.push(placement, (rest + random.normal(0, 1, 20)).astype(np.float32))
    for prompt, levels in efforts.items():
        check.begin(prompt)
        for placement, level in levels.items():
            check.push(placement, (level + random.normal(0, 1, 20)).astype(np.float32))
        check.finish()
    return check


def test_a_muscle_that_hardly_rises_is_weak() -> None:
    check = fed(SIMULATED_MONTAGE, 10, {LEFT_BICEPS: {LEFT_BICEPS: 40, RIGHT_BICEPS: 11}})
    assert check.findings() == (Finding(LEFT_BICEPS, CheckKind.WEAK),)
    check = fed(SIMULATED_MONTAGE, 10, {LEFT_BICEPS: {LEFT_BICEPS: 10, RIGHT_BICEPS: 11}})
    assert check.findings() == (Finding(LEFT_BICEPS, CheckKind.WEAK),)


def test_a_finding_gets_surer_when_the_other_muscle_had_its_turn() -> None:
    """A weak muscle under fat rises less than its antagonist that contracts along; later the antagonist explains it."""
    levels = {LEFT_BICEPS: 30, LEFT_TRICEPS: 130}
    check = fed(SIMULATED_MONTAGE, 10, {LEFT_BICEPS: levels})
    assert check.findings()[0].kind is CheckKind.SWAPPED
    check = fed(SIMULATED_MONTAGE, 10, {LEFT_BICEPS: levels, LEFT_TRICEPS: {LEFT_BICEPS: 11, LEFT_TRICEPS: 500}})
    assert [finding.kind for finding in check.findings()] == [CheckKind.WEAK, CheckKind.OK]
    assert check.suggested() == SIMULATED_MONTAGE


def test_a_channel_without_samples_is_dead() -> None:
    check = fed(SIMULATED_MONTAGE, 10, {LEFT_BICEPS: {RIGHT_BICEPS: 12}})
    assert check.findings() == (Finding(LEFT_BICEPS, CheckKind.DEAD),)


def test_the_newest_contraction_counts() -> None:
    check = fed(SIMULATED_MONTAGE, 10, {LEFT_BICEPS: {LEFT_BICEPS: 12}})
    check.begin(LEFT_BICEPS)
    check.push(LEFT_BICEPS, np.full(20, 300, np.float32))
    assert check.finish() == Finding(LEFT_BICEPS, CheckKind.OK)


@pytest.mark.parametrize(
    ("levels", "saturated", "kind"),
    [
        ((4.0, 40.0), 0.05, CheckKind.OK),
        ((4.0, 1400.0), 0.79, CheckKind.SATURATED),  # amplified too much
        ((0.0, 0.0), 1.0, CheckKind.SATURATED),  # upside down: it stands at an end of its range, without an envelope
        ((0.0, 0.0), 0.0, CheckKind.DEAD),
    ],
)
def test_raw_sensors_are_judged_by_their_envelope_and_by_what_was_cut_off(
    levels: tuple[float, float], saturated: float, kind: CheckKind
) -> None:
    random = np.random.default_rng(0)
    check = MuscleCheck(SIMULATED_MONTAGE, lambda _placement: NPG_LITE, QUICK)
    check.begin_rest()
    cut_off = random.random(1000) < saturated
    check.push(LEFT_BICEPS, (levels[0] * random.normal(1, 0.08, 1000)).astype(np.float32), cut_off)
    check.begin(LEFT_BICEPS)
    check.push(LEFT_BICEPS, (levels[1] * random.normal(1, 0.08, 1000)).astype(np.float32), cut_off)
    assert check.finish().kind is kind


def test_prompts_name_every_muscle_that_has_a_sensor_in_order() -> None:
    montage = SIMULATED_MONTAGE.freed(LEFT_TRICEPS)
    prompts = MuscleCheck(montage, lambda _placement: M40).prompts
    assert [prompt.placement for prompt in prompts] == [at for at in PLACEMENTS if at != LEFT_TRICEPS]
    assert prompts[0].sentence.startswith("Bend the left elbow against resistance")
    assert all(prompt.placement.side in prompt.sentence for prompt in prompts)


def test_findings_speak_of_both_muscles() -> None:
    hamstrings = Placement(Side.RIGHT, Muscle.HAMSTRINGS)
    sentences = {kind: Finding(LEFT_BICEPS, kind, hamstrings).sentence for kind in CheckKind}
    assert all("left biceps" in sentence for sentence in sentences.values())
    assert "right hamstrings" in sentences[CheckKind.SWAPPED]
    assert "right hamstrings" in sentences[CheckKind.CROSSTALK]


def test_nothing_can_be_finished_that_was_not_begun() -> None:
    check = MuscleCheck(SIMULATED_MONTAGE, lambda _placement: M40)
    check.begin_rest()
    with pytest.raises(RuntimeError):
        check.finish()
