"""What an experiment of the ledger is: a name, what it observes, and a function from a laboratory to effects."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import xarray as xr

from ....bridge.estimate import EstimateRefused
from ....bridge.replicates import jackknife
from ...simulations import Laboratory
from ...verdict import Measurement
from ..bench import GROUPS, Settings
from ..effect import Effect

Run = Callable[[Laboratory, Settings], list[Effect]]
Portrait = Callable[[Laboratory, Settings], dict[str, Any]]
Statistic = Callable[[Sequence[xr.Dataset]], dict[str, float]]


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """One family of measurements.

    ``observables`` maps the name of each observable to its SI unit; ``weight`` is its share of the ledger's time, for
    the time left. ``papers`` are the sources of what it simulates. ``portrait`` returns what the report draws of it
    beside the effects, as plain numbers in SI units; no statement is judged by it.
    """

    name: str
    title: str
    observables: Mapping[str, str]
    run: Run
    weight: float
    papers: tuple[str, ...] = ()
    portrait: Portrait | None = None


def jackknifed(
    recordings: Sequence[xr.Dataset], statistic: Statistic, *, groups: int = GROUPS
) -> dict[str, Measurement]:
    """Return numbers of several recordings together, with errors from leaving out the same group of cells of all."""
    found = jackknife(recordings, statistic, groups=groups)
    return {
        name: Measurement(value=e.value, standard_error=e.standard_error, degrees_of_freedom=groups - 1)
        for name, e in found.items()
    }


def log_ratio(after: float, before: float) -> float:
    """Return ln(after / before).

    Raises
    ------
    EstimateRefused
        If the two differ in sign or one is 0: a scale that small is lost in its noise.
    """
    if not (math.isfinite(after) and math.isfinite(before)) or after * before <= 0:
        raise EstimateRefused(
            f"A ratio of {after:.3g} to {before:.3g} has no logarithm; what is compared is lost in its noise, simulate "
            "more cells."
        )
    return math.log(after / before)


def effects_in(
    domain: str, units: Mapping[str, str], measure: Callable[[], Mapping[str, Measurement]], *, series: str = ""
) -> list[Effect]:
    """Return one effect for each observable of ``units`` in a domain, with the reason where it was refused.

    The observable ``series`` gets the measurements called "step 0", "step 1" and so on as its steps.
    """
    try:
        found, reason = measure(), "it was not measured"
    except EstimateRefused as refused:
        found, reason = {}, refused.reason
    steps = tuple(found[name] for name in sorted(found) if name.startswith("step "))
    return [
        Effect(
            observable=name,
            domain=domain,
            unit=unit,
            measurement=found.get(name),
            steps=steps if name == series else (),
            reason="" if name in found else reason,
        )
        for name, unit in units.items()
    ]
