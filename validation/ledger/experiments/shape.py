"""The shape of the population sigmoid: where it is steepest, how high it is there, how symmetric it is.

Step cells fire at a fixed rate above their threshold, graded ones at a rate that rises to it; neither remembers its
spikes. Saturating cells are integrate-and-fire cells. The family of the
sigmoid is chosen by the data, Richards' where none describes them.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from ....bridge.rate_table import rate_table
from ....bridge.sigmoid_fit import fit_sigmoid
from ....spiking import POPULATIONS, Population, SteadyDrive
from ...drive_levels import drives_for
from ...simulations import Job, Laboratory
from ..bench import HIGH, LOW, Settings
from ..effect import Effect
from .experiment import Experiment, Statistic, effects_in, jackknifed

LEVELS = 25
OBSERVABLES = {
    "steepest potential minus mean threshold": "V",
    "share of the maximal rate where steepest": "1",
    "skew": "1",
}


def domains() -> dict[str, Population]:
    """Return the populations by domain."""
    graded = POPULATIONS["escape_rate"]()
    return {
        "step cells": graded.with_cell(kappa=0.0),
        "graded cells": graded,
        "saturating cells": POPULATIONS["saturating_lif"](),
    }


def _experiment(settings: Settings, population: Population) -> SteadyDrive:
    potentials = population.cell.threshold + np.linspace(LOW, HIGH, LEVELS)
    drives = drives_for(population, "current", potentials)
    return SteadyDrive(levels=tuple(map(float, drives)), cells=settings.cells(400), duration=2.0, warm_up=0.3)


def _reader(recording: xr.Dataset, population: Population) -> Statistic:
    """Return how a recording of this population is read; the family is settled on all of it."""
    cap, threshold = population.cell.threshold + HIGH, population.cell.threshold
    chosen = fit_sigmoid(rate_table(recording), q_max="at_cap", v_cap=cap, intervals="none").family
    family = "richards" if chosen == "tabulated" else chosen  # a table has no distinct steepest point

    def read(parts: Sequence[xr.Dataset]) -> dict[str, float]:
        fit = fit_sigmoid(rate_table(parts[0]), family=family, q_max="at_cap", v_cap=cap, intervals="none")  # type: ignore[arg-type]
        features = {name: estimate.value for name, estimate in fit.features.items()}
        found = {"skew": features["skew"]}
        if "v_max_slope" in features:
            steepest = features["v_max_slope"]
            found["steepest potential minus mean threshold"] = steepest - threshold
            found["share of the maximal rate where steepest"] = float(fit.sigmoid(steepest)) / features["q_max"]
        return found

    return read


def measure_shape(laboratory: Laboratory, settings: Settings) -> list[Effect]:
    """Return where and how high the sigmoid of each population is steepest, and its skew."""
    populations, seed = domains(), settings.seed_of("shape")
    jobs = [Job(population=p, experiment=_experiment(settings, p), seed=seed) for p in populations.values()]
    recordings = laboratory.record("Shape of the sigmoid", jobs)
    effects = []
    for (domain, population), recording in zip(populations.items(), recordings, strict=True):
        effects += effects_in(domain, OBSERVABLES, lambda r=recording, p=population: jackknifed([r], _reader(r, p)))
    return effects


SHAPE = Experiment(
    name="shape",
    title="Shape of the population sigmoid",
    observables=OBSERVABLES,
    run=measure_shape,
    weight=1.5,
    papers=("marreiros2008", "gerstner2014"),
)
