"""A model's card for people: tables in the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Final

from rich.console import Console
from rich.table import Column, Table

from mia_core.models.ablation_table import AblationRow
from mia_core.models.checkpoint import Checkpoint
from mia_core.models.heldout_scores import (
    DEMO,
    EXERCISES,
    LOW_CONFIDENCE_R,
    MEASURED_WALK,
    OWN_MEAN,
    REAL_MOTION,
    SIMULATED,
    TRAINING_MEAN,
    SetScores,
)
from mia_core.models.model_card import RECORDED, SECONDS_USED, ModelCard, TrainingRecord
from mia_core.muscles import MONTAGE
from mia_core.samples import STEP_S

_TITLES: Final = {
    SIMULATED: "virtual subjects",
    EXERCISES: "exercises left out",
    REAL_MOTION: "real motion",
    DEMO: "demo video",
    MEASURED_WALK: "measured walk",
}
"""None of their people and exercises were there in training."""
_SHORT: Final = {
    SIMULATED: "subjects",
    EXERCISES: "exercises",
    REAL_MOTION: "real motion",
    DEMO: "demo",
    MEASURED_WALK: "walk",
}
_BASELINES: Final = {TRAINING_MEAN: "the training mean", OWN_MEAN: "the mean of this set itself"}
_OVERVIEW: Final = (
    "All steps of held-out motion. RMSE in % of maximal activation; ratio: divided by that of always saying the mean"
)
_EXCEPT_WALK: Final = ", but for the sEMG of the measured walk"


def print_card(checkpoint: Checkpoint, console: Console) -> None:
    """Print everything that a person may want to know before trusting a model."""
    card = checkpoint.card
    console.print(f"{card.name}: {card.provenance}", style="bold")
    console.print(_what_it_is(checkpoint))
    if card.heldout:
        _print_scores(card, console)
    else:
        console.print("\nNot judged on held-out motion yet: `mia model evaluate` does that.", style="yellow")
    if card.training is not None and card.training.recipe.get("kind") == RECORDED and card.metrics is not None:
        console.print(
            f"On the part of the recordings that was held out ({card.metrics.data}): RMSE {100 * card.metrics.rmse:.2f}"
            f" % of maximal activation, {card.metrics.rmse_over_mean:.2f} x that of always saying the mean."
        )
        if card.adapted_to and card.low_confidence and not card.heldout:
            low = ", ".join(name.replace("_", " ") for name in card.low_confidence)
            console.print(f"Low confidence there, r below {LOW_CONFIDENCE_R:g}: {low}.")
    if card.ablations:
        print_ablations(card.ablations, console)
    console.print(f"\nLicence: {card.licence}. {card.licence_note}")


def print_ablations(rows: Sequence[AblationRow], console: Console) -> None:
    """Print what models are worth that were made like the shipped one but for one thing."""
    if not rows:
        return
    names = list(rows[0].scores)
    table = Table(
        "change",
        Column("numbers", justify="right"),
        *(Column(f"{_SHORT[name]}: ratio, r legs, r arms", justify="right") for name in names),
        title=f"What each ingredient is worth: {rows[0].steps} steps, seed {rows[0].seed}, one run each",
        title_justify="left",
    )
    for row in rows:
        cells = [f"{s.ratio:.3f}  {s.r_legs:.2f}  {s.r_arms:.2f}" for s in (row.scores[name] for name in names)]
        table.add_row(row.change, f"{row.parameters:,}", *cells)
    console.print(table)


def _what_it_is(checkpoint: Checkpoint) -> Table:
    card = checkpoint.card
    parameters = sum(weight.size for weight in checkpoint.weights.values())
    rows = {
        "network": f"{card.architecture}, {parameters:,} numbers",
        "sees": f"{card.window_steps} steps of {card.step_s:g} s, {card.normalization.kind} coordinates",
        "tells": f"{card.activation_unit}, read {card.default_lookahead_steps * card.step_s:.1f} s later",
        "made": card.created_utc,
        "weights": checkpoint.weights_sha256,
    }
    if card.training is not None:
        record = card.training
        recipe = ", ".join(f"{name} {value}" for name, value in record.recipe.items())
        rows |= {
            "trained on": _learned_from(record),
            "data": f"{record.data_sha256} ({recipe})",
            "chosen on": ", ".join(record.chosen_on),
        }
        if card.adapted_to:
            parent, seconds = record.settings.get("init", "?"), record.settings.get(SECONDS_USED, "?")
            rows["adapted to"] = f"{card.adapted_to} by {seconds} s of their data, from {parent}"
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for name, value in rows.items():
        table.add_row(name, value)
    return table


def _learned_from(record: TrainingRecord) -> str:
    """Return in a few words what a model learned from, and how."""
    how = f"{record.steps} steps, {record.wall_s / 60:.0f} min, seed {record.seed}"
    if record.recipe.get("kind") != RECORDED:
        return (
            f"{record.minutes / 60:.1f} h of simulated motion, {record.clips} clips of {len(record.subjects)} subjects,"
            f" {how}"
        )
    start = record.settings.get("init", "random weights")
    return (
        f"{record.minutes:.1f} min of recorded motion of {record.recipe['subjects']}, {record.recipe['semg']} sEMG,"
        f" from {start}, {how}"
    )


def _print_scores(card: ModelCard, console: Console) -> None:
    heldout = card.heldout
    console.print()
    console.print(_overview(heldout))
    console.print()
    console.print(_by_muscle(card))
    if card.low_confidence:
        reason = f"r below {LOW_CONFIDENCE_R:g} on real motion" if REAL_MOTION in heldout else "no real motion judged"
        console.print(f"Low confidence: {reason}. The window says so too.")
    console.print()
    console.print(_by_lookahead(heldout))
    if REAL_MOTION in heldout:
        console.print()
        console.print(_by_effort(heldout[REAL_MOTION]))
        _print_spread_of_motions(heldout[REAL_MOTION], console)
    _print_spread_of_seeds(heldout, console)
    if MEASURED_WALK in heldout:
        console.print()
        console.print(_walk(heldout[MEASURED_WALK]))
    console.print()
    for name, scores in heldout.items():
        seed = f", seed {scores.settings['seed']}" if "seed" in scores.settings else ""
        console.print(
            f"{_TITLES[name].capitalize()}: {', '.join(scores.subjects)}; {scores.minutes:.1f} min of film,"
            f" {scores.windows} windows{seed}, against {_BASELINES[scores.baseline]}. Keypoints: {scores.keypoints}."
            f" Set {scores.sha256[:12]}, judged {scores.judged_utc}."
        )
    console.print("Every truth above is simulated, never measured" + _EXCEPT_WALK * (MEASURED_WALK in heldout) + ".")


def _table(title: str, *columns: str) -> Table:
    first, *others = columns
    numbers = (Column(name, justify="right") for name in others)
    return Table(Column(first), *numbers, title=title, box=None, title_justify="left", padding=(0, 2, 0, 0))


def _overview(heldout: Mapping[str, SetScores]) -> Table:
    columns = ("RMSE", "of the mean", "ratio", "r legs", "r arms", "in 80 %")
    table = _table(_OVERVIEW, "judged on", *columns)
    for name, scores in heldout.items():
        table.add_row(
            _TITLES[name],
            f"{100 * scores.rmse:.2f}",
            f"{100 * scores.rmse_mean_baseline:.2f}",
            f"{scores.ratio:.3f}",
            f"{scores.r_legs:.2f}",
            f"{scores.r_arms:.2f}",
            _percent(scores.coverage80),
        )
    return table


def _by_muscle(card: ModelCard) -> Table:
    table = _table("Correlation r", "muscle", *(_SHORT[name] for name in card.heldout), "")
    for placement in MONTAGE.placements:
        values = [f"{scores.r[placement.name]:.2f}" for scores in card.heldout.values()]
        table.add_row(placement.label, *values, "low confidence" if placement.name in card.low_confidence else "")
    return table


def _by_lookahead(heldout: Mapping[str, SetScores]) -> Table:
    table = _table(
        "The live read-out, by the look-ahead that it waits for",
        "judged on",
        *("look-ahead", "RMSE", "ratio", "r legs", "r arms", "in 80 %"),
    )
    for name, scores in heldout.items():
        for number, (steps, live) in enumerate(scores.by_lookahead.items()):
            table.add_row(
                _TITLES[name] if number == 0 else "",
                f"{int(steps) * STEP_S:.1f} s",
                f"{100 * live.rmse:.2f}",
                f"{live.ratio:.3f}",
                f"{live.r_legs:.2f}",
                f"{live.r_arms:.2f}",
                _percent(live.coverage80),
            )
    return table


def _by_effort(scores: SetScores) -> Table:
    table = _table(
        "Rest to very hard work, on real motion, in % of maximal activation",
        *("true activation", "steps", "true mean", "said mean", "in 80 %"),
    )
    following = [row.least for row in scores.by_effort[1:]]
    for row, end in zip_longest(scores.by_effort, following):
        span = f"{100 * row.least:.0f} and more" if end is None else f"{100 * row.least:.0f} to {100 * end:.0f}"
        table.add_row(span, str(row.steps), f"{100 * row.true:.1f}", f"{100 * row.said:.1f}", _percent(row.coverage80))
    return table


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.0f} %"


def _print_spread_of_motions(scores: SetScores, console: Console) -> None:
    told = [
        f"{label} {low:.2f} to {high:.2f}"
        for key, label in (("ratio", "ratio"), ("r_legs", "r legs"), ("r_arms", "r arms"))
        for low, high in [scores.interval95[key]]
    ]
    console.print(f"\n95 % interval on real motion, by a bootstrap over motions: {'; '.join(told)}.")


def _print_spread_of_seeds(heldout: Mapping[str, SetScores], console: Console) -> None:
    spreads = {name: scores.across_seeds for name, scores in heldout.items() if scores.across_seeds is not None}
    if not spreads:
        return
    table = _table("Mean and standard deviation over models of several seeds", "judged on", "ratio", "r legs", "r arms")
    for name, spread in spreads.items():
        table.add_row(
            f"{_TITLES[name]} ({len(spread.seeds)} seeds)",
            f"{spread.ratio:.3f} ({spread.ratio_sd:.3f})",
            f"{spread.r_legs:.2f} ({spread.r_legs_sd:.2f})",
            f"{spread.r_arms:.2f} ({spread.r_arms_sd:.2f})",
        )
    console.print()
    console.print(table)


def _walk(scores: SetScores) -> Table:
    table = _table(
        "The measured walk: correlation r, and in brackets the best one with the lag of the sEMG at which it is found",
        "camera and muscle",
        "model with simulator",
        "model with sEMG",
        "simulator with sEMG",
    )
    for row in scores.walk:
        table.add_row(
            f"{row.camera}, {row.muscle.replace('_', ' ')}",
            f"{row.r_simulator:.2f}",
            f"{row.r_measured:.2f} ({row.best_r_measured:.2f} at {1000 * row.best_lag_s:.0f} ms)",
            f"{row.simulator_r_measured:.2f} ({row.simulator_best_r_measured:.2f} at "
            f"{1000 * row.simulator_best_lag_s:.0f} ms)",
        )
    return table
