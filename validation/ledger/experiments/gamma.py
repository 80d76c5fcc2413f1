"""Whether the kernel of a population is a gamma function: the residual of the best one, relative to the response."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from ....bridge.kernel_fit.families import KERNEL_FAMILIES
from ....bridge.kernel_fit.least_squares import fit_response
from ....spiking import POPULATIONS, Population
from ...simulations import Job, Laboratory
from ..bench import Settings
from ..effect import Effect
from .experiment import Experiment, effects_in, jackknifed
from .probes import holding_current, mean_response, probe

OBSERVABLES = {"residual of the best gamma": "1"}
MEMBRANE = "one receptor as slow as the membrane"
RECEPTORS: dict[str, tuple[str, ...]] = {
    MEMBRANE: ("ampa",),
    "AMPA alone": ("ampa",),
    "AMPA and NMDA": ("ampa", "nmda"),
}


def _population(domain: str) -> Population:
    cells = POPULATIONS["textbook_lif"]()
    if domain != MEMBRANE:
        return cells
    # Background off and the AMPA decay as long as the membrane's: two equal exponentials in a row, a gamma of order 2.
    silent = tuple(replace(a, rate=0.0) for a in cells.afferents)
    membrane = cells.cell.capacitance / cells.cell.resting_conductance
    return replace(cells, afferents=silent).with_synapse("ampa", decay=membrane)


def _residual(parts: Sequence[xr.Dataset]) -> dict[str, float]:
    time, response = mean_response(parts[0])
    weight = response / response.sum()
    lag = float(time @ weight)
    spread = math.sqrt(max(float((time - lag) ** 2 @ weight), 1e-9))
    fit = fit_response(KERNEL_FAMILIES["gamma"], time, response, mean_lag=lag, sd=spread)
    return {"residual of the best gamma": float(np.sqrt(np.mean((response - fit.fitted) ** 2) / np.mean(response**2)))}


def measure_gamma(laboratory: Laboratory, settings: Settings) -> list[Effect]:
    """Return the relative residual of the best gamma function for each kind of input."""
    jobs = []
    for domain, receptors in RECEPTORS.items():
        population = _population(domain)
        experiment = probe(
            settings, receptors=receptors, current=holding_current(population), sizes=(1.0,), duration=0.8
        )
        jobs.append(Job(population=population, experiment=experiment, seed=settings.seed_of("gamma")))
    recordings = laboratory.record("Gamma functions", jobs)
    pairs = zip(RECEPTORS, recordings, strict=True)
    return [e for domain, r in pairs for e in effects_in(domain, OBSERVABLES, lambda r=r: jackknifed([r], _residual))]


GAMMA = Experiment(
    name="gamma",
    title="Gamma functions as kernels",
    observables=OBSERVABLES,
    run=measure_gamma,
    weight=0.2,
)
