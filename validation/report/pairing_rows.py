"""What the page of a pairing says in words and rows: rates, verdicts, points of a sweep, places on the map, cost."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from .numbers import MISSING, compact, is_number
from .verdicts import look

_KINDS = {
    "open loop": "Open loop: the sigmoid of each population at what it heard in the network",
    "rate": "Steady rates",
    "drive": "Steady rates with more or less background",
    "shift": "How far modulations move the rates",
    "transient": "Courses under stimuli: what noise does not explain of the difference",
    "spectrum": "Spectra: what noise does not explain of the difference, in log10",
    "voltage spectrum": "Spectra of the mean free potentials: what noise does not explain of the difference, in log10",
    "finite size": "Standard deviation of the population rates, against the mesoscopic theory",
    "mode": "Frequency and decay of the least damped mode",
    "stability": "Asynchronous or oscillating: standard deviation of the rate over its mean, in bins of 5 ms",
    "correlation": "Correlation of the spike counts of two cells",
    "hysteresis": "Number of jumps as the background goes up and down",
    "critical point": "Where states end: jumps of the network against folds of the mean field, of the usual background",
    "jump": "The same against mean fields with the noise of their finite size",
    "critical shift": "How far modulations move these points",
}
_SIDES = {
    "estimates": "estimates, still rates", "moving": "estimates, moving rates", "theory": "theory alone",
    "two moments": "theory, two moments",
}  # fmt: skip


def summary(document: Mapping[str, Any]) -> list[str]:
    """Return what came out in a few sentences."""
    circuit = document["circuit"]
    found = Counter(row["verdict"] for row in circuit["verdicts"])
    own = [line for line in circuit["errors"] if line["side"] == "estimates"]
    text = ", ".join(f"{compact(line['mean_absolute_error'])} Hz for {line['population']}" for line in own)
    states = max((line["points"] for line in own), default=0)
    failed = Counter(row["kind"] for row in circuit["verdicts"] if row["verdict"] == "fails")
    sentences = [
        f"The mean field was frozen before the network ran. Over {states} states its mean absolute error is {text}.",
        f"Of {sum(found.values())} comparisons {found['holds']} hold, {found['fails']} fail and "
        f"{found['undecided']} are undecided.",
    ]
    for each in circuit["conditions"]:
        mode = each["leaky_mode"]
        if mode and mode["decay"] < 0:
            swing = compact(max(each["synchrony"].values()))
            sentences.append(
                f"In {each['name']} theory with leaky rates is unstable at {compact(mode['frequency'])} Hz and the "
                f"network swings by {swing} of its mean: a mean field whose rates follow at once cannot hold there."
            )
        moving = each["moving_mode"]
        if moving and moving["decay"] < 0:
            sentences.append(
                f"In {each['name']} the mean field whose rates move as measured is unstable too, at "
                f"{compact(moving['frequency'])} Hz."
            )
    if failed:
        sentences.append(f"What fails: {', '.join(f'{kind} ({number})' for kind, number in failed.items())}.")
    return sentences


def order_sentence(order: Mapping[str, Any]) -> str:
    """Return whether every mean field was frozen before its network ran."""
    kept = "before its network ran" if order["kept"] else "NOT always before its network ran"
    return (
        f"Every mean field was frozen {kept}. The digest is that of every parameter of the mean field; it is part of "
        "what identifies a run, so a mean field made anew asks for a new run."
    )


def _number(value: Any, error: Any = None) -> str:
    if not is_number(value):
        return MISSING
    return compact(value) + (f" ± {compact(error)}" if is_number(error) and error > 0 else "")


def population_row(each: Mapping[str, Any]) -> dict[str, str]:
    """Return what theory expected of a population, and what was measured of it alone."""
    kernels = ", ".join(f"{name}: {family}" for name, family in each["kernels"].items())
    return {
        "name": each["name"], "size": str(each["size"]), "cell": each["cell"], "family": each["family"],
        "kernels": kernels, "expected": compact(each["expected_rate"]),
        "alone": _number(each["open_loop_rate"], each["open_loop_error"]), **_trains(each.get("spike_trains")),
    }  # fmt: skip


def _trains(statistics: Mapping[str, Any] | None) -> dict[str, str]:
    found = statistics or {}
    return {name: _number(*found[name]) if found.get(name) else MISSING for name in ("cv", "cv2", "lv", "fano")}


def error_row(line: Mapping[str, Any]) -> dict[str, str]:
    """Return the error of one mean field of one population over all states."""
    return {
        "side": _SIDES[line["side"]], "population": line["population"], "points": str(line["points"]),
        "error": compact(line["mean_absolute_error"]), "relative": f"{100 * (line['relative_error'] or 0):.1f} %",
        "slope": _number(line["slope"]),
    }  # fmt: skip


def verdict_groups(rows: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the rows by kind, in the order of the walk."""
    return [
        (title, [_judged(row) for row in rows if row["kind"] == kind])
        for kind, title in _KINDS.items()
        if any(row["kind"] == kind for row in rows)
    ]


def _judged(row: Mapping[str, Any]) -> dict[str, Any]:
    error = row["measured_error"]
    curve = row["measured"] is None
    return {
        "name": row["name"], "condition": row["condition"],
        "measured": f"noise {compact(error)}" if curve else _number(row["measured"], error),
        "predicted": MISSING if curve else _number(row["predicted"], row["predicted_error"]),
        "difference": compact(row["difference"], signed=not curve), "margin": compact(row["margin"]),
        "unit": "" if row["unit"] == "1" else row["unit"], "look": look(row["verdict"]),
    }  # fmt: skip


def chance_rows(chance: Mapping[str, Any]) -> dict[str, Any]:
    """Return how each comparison stands against chance and finite size alone."""
    rows = [
        {"name": row["name"], "ratio": compact(row["ratio"]), "p": compact(row["p_value"])} for row in chance["table"]
    ]
    return {"p": compact(chance["p_value"]), "rows": rows}


def cost_sentence(cost: Mapping[str, Any]) -> str:
    """Return what the mean fields cost, relative to the network."""
    sides = [
        f"{_share(ratio)} for the mean field from {_SIDES.get(side, side)} ({_parts(cost, side)})"
        for side, ratio in cost["ratios"].items()
    ]
    return (
        "Processor time to ask a frozen mean field for all that the network was run for, over that of the steps of the "
        f"network ({compact(cost['network_processor_seconds'])} s): {', '.join(sides)}. To make the mean fields, with "
        f"all measurements of populations alone, took {compact(cost['mean_field_seconds'])} s by the clock of this "
        "run; points that were finished before cost nothing."
    )


def _share(ratio: float | None) -> str:
    return MISSING if ratio is None else f"{100 * ratio:.2g} %"


def _parts(cost: Mapping[str, Any], side: str) -> str:
    parts = cost["mean_field_processor_seconds"][side].items()
    return ", ".join(f"{name} {compact(1e3 * seconds)} ms" for name, seconds in parts if 1e3 * seconds > 0.05)


def place_row(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return where a population lies on the validity map, and what was to be expected there."""
    before, after = item["before"], item["after"]
    found = dict.fromkeys(each["warning"] for each in (before, after) if each["warning"])
    lies = before["distance"] is not None
    return {
        "name": item["population"], "inputs": _inputs(before) if lies else MISSING,
        "before": _expected(before) if lies else MISSING, "after": _expected(after) if lies else MISSING,
        "missed": _percent(item["error"]), "warnings": list(found),
    }  # fmt: skip


def _inputs(place: Mapping[str, Any]) -> str:
    return f"{place['in_degree']:.0f} of {1e3 * place['decay']:.3g} ms"


def _expected(place: Mapping[str, Any]) -> str:
    """Return by how much the map expects the rate to be missed, and where it was looked up."""
    swing = "unknown" if place["synchrony"] is None else f"{place['synchrony']:.2f}"
    return f"{_percent(place['expected_error'])} ({compact(place['rate'])} Hz, synchrony {swing})"


def _percent(error: float | None) -> str:
    return MISSING if error is None else f"{100 * error:.1f} %"


def critical_rows(sweep: Mapping[str, Any] | None) -> list[dict[str, str]]:
    """Return a row for each critical point of each condition."""
    if not sweep:
        return []
    return [
        {
            "condition": condition["name"], "name": point["name"], "network": _with_interval(point["network"]),
            "fold": _with_interval(point["fold"]), "finite": _with_interval(point["finite"]),
        }
        for condition in sweep["conditions"]
        for point in condition["points"]
    ]  # fmt: skip


def shift_rows(sweep: Mapping[str, Any] | None) -> list[dict[str, str]]:
    """Return a row for each critical point that a modulation moves."""
    return [
        {
            "condition": row["condition"], "name": row["name"], "network": _with_interval(row["network"], signed=True),
            "fold": _with_interval(row["fold"], signed=True),
        }
        for row in (sweep["shifts"] if sweep else ())
    ]  # fmt: skip


def _with_interval(found: Mapping[str, Any] | None, *, signed: bool = False) -> str:
    if not found:
        return "none"
    form = "+.4f" if signed else ".4f"
    low, high = found["interval"]
    return f"{found['value']:{form}} ({low:{form}} to {high:{form}})"


def swept_sentence(sweep: Mapping[str, Any] | None) -> str:
    """Return in a sentence how the sweep was made."""
    if not sweep:
        return ""
    steps = np.diff(sweep["factors"])
    return (
        f"{sweep['parameter']} went from {sweep['factors'][0]:g} to {sweep['factors'][-1]:g} of its usual rate and "
        f"back, in steps of {np.median(steps):g}, in {sweep['runs']} runs with connections and noise of their own. "
        "Intervals of the network hold the scatter of the runs and the step; those of the mean field come from "
        f"{sweep['draws']} mean fields with estimates drawn anew. Noise makes a finite network jump before its state "
        "ends, and a state that has just ended holds for a while: mean fields of finite size share both in the same "
        "staircase, folds neither."
    )
