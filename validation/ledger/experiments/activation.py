"""Gq activation over time: whether the cell depolarises at once, or is hyperpolarised first.

The occupancy of the receptors is stepped from 0 to 1 in pyramids with a Gq cascade (SK opens on Ca2+ from stores, then
K+ leak and M current close); the effect is the change of the mean free potential.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import xarray as xr

from ....spiking import POPULATIONS, PointCell, Population, TimeVaryingInput
from ....spiking.cells import GqCascade
from ....spiking.stimuli import Step
from ...simulations import Job, Laboratory
from ..bench import GROUPS, Settings, with_background
from ..effect import Effect
from .experiment import Experiment, effects_in, jackknifed

WINDOWS = {"potential in the first second": (0.2, 0.8), "potential after five seconds": (4.0, 5.0)}  # s after the onset
BACKGROUNDS = {"quiet slice": 0.0, "low background": 0.5, "high background": 3.0}
OBSERVABLES = dict.fromkeys(WINDOWS, "V")
_ONSET = 0.5  # s


def _population(factor: float) -> Population:
    population = with_background(POPULATIONS["e1"](), factor)
    cell = population.cell
    if not isinstance(cell, PointCell):
        raise TypeError("activation: the pyramids have one compartment")
    return replace(population, cell=replace(cell, gq=GqCascade()))


def _statistic(parts: Sequence[xr.Dataset]) -> dict[str, float]:
    time, v = parts[0]["time"].values, parts[0]["v_free"].mean(("stimulus", "group")).values
    before = v[time < _ONSET].mean()

    def mean_in(window: tuple[float, float]) -> float:
        return float(v[(time > _ONSET + window[0]) & (time < _ONSET + window[1])].mean() - before)

    return {name: mean_in(window) for name, window in WINDOWS.items()}


def measure_activation(laboratory: Laboratory, settings: Settings) -> list[Effect]:
    """Return the change of potential early and late after the onset of Gq activation."""
    experiment = TimeVaryingInput(
        stimuli=(Step(height=1.0, onset=_ONSET, offset=_ONSET + 10.0),),
        channel="gq",
        groups=GROUPS,
        cells_per_group=settings.cells(400) // GROUPS,
        duration=6.0,
        warm_up=0.5,
        sample=0.01,
    )
    seed = settings.seed_of("activation")
    jobs = [Job(population=_population(f), experiment=experiment, seed=seed) for f in BACKGROUNDS.values()]
    recordings = laboratory.record("Gq activation", jobs)
    return [
        effect
        for domain, recording in zip(BACKGROUNDS, recordings, strict=True)
        for effect in effects_in(domain, OBSERVABLES, partial(jackknifed, [recording], _statistic))
    ]


ACTIVATION = Experiment(
    name="activation",
    title="Gq activation over time",
    observables=OBSERVABLES,
    run=measure_activation,
    weight=1.5,
    papers=("gulledge2005", "krnjevic1971"),
)
