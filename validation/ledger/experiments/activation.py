"""Gq activation over time: whether the cell depolarises at once, or is hyperpolarised first.

The occupancy of the receptors is stepped from 0 to 1 in pyramids with a Gq cascade (SK opens on Ca2+ from stores, then
K+ leak and M current close, a cation conductance opens); effects are the change of the mean free potential, and of the
rate of cells that are held 6 mV under their threshold and fire.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ....spiking import POPULATIONS, PointCell, Population, TimeVaryingInput
from ....spiking.cells import GqCascade
from ....spiking.stimuli import Step
from ...simulations import Job, Laboratory
from ...verdict import Measurement
from ..bench import GROUPS, Settings, with_background
from ..effect import Course, Effect
from .experiment import Experiment, effects_in, jackknifed
from .probes import holding_current

Array = NDArray[np.floating]

WINDOWS = {"in the first second": (0.2, 0.8), "after five seconds": (4.0, 5.0)}  # s after the onset
AT_REST = {"quiet slice": 0.0, "low background": 0.5, "high background": 3.0}
FIRING = {"firing, low background": 0.5, "firing, high background": 3.0}
QUANTITIES = {"potential": ("v_free", "V", 0.1), "rate": ("rate", "Hz", 0.25)}
"""Variable of the recording, unit, and bin of the course (s)."""
OBSERVABLES = {f"{name} {when}": unit for name, (_, unit, _) in QUANTITIES.items() for when in WINDOWS}
_ONSET = 0.5  # s


def _population(factor: float) -> Population:
    population = with_background(POPULATIONS["e1"](), factor)
    cell = population.cell
    if not isinstance(cell, PointCell):
        raise TypeError("activation: the pyramids have one compartment")
    return replace(population, cell=replace(cell, gq=GqCascade()))


def _experiment(settings: Settings, current: float, cells: int) -> TimeVaryingInput:
    return TimeVaryingInput(
        stimuli=(Step(height=1.0, onset=_ONSET, offset=_ONSET + 10.0),),
        channel="gq",
        current=current,
        groups=GROUPS,
        cells_per_group=settings.cells(cells) // GROUPS,
        duration=6.0,
        warm_up=0.5,
        sample=0.01,
    )


def _changes(recording: xr.Dataset, name: str) -> tuple[Array, Array]:
    """Return time since the onset (s) and the change of a quantity since before it, (group, time)."""
    time, values = recording["time"].values - _ONSET, recording[QUANTITIES[name][0]].isel(stimulus=0).values
    return time, values - values[:, time < 0].mean(axis=1, keepdims=True)


def _statistic(name: str, parts: Sequence[xr.Dataset]) -> dict[str, float]:
    time, changes = _changes(parts[0], name)

    def mean_in(window: tuple[float, float]) -> float:
        return float(changes[:, (time > window[0]) & (time < window[1])].mean())

    return {f"{name} {when}": mean_in(window) for when, window in WINDOWS.items()}


def _course(recording: xr.Dataset, name: str) -> Course:
    """Return the change of a quantity in bins of time, with the scatter of the groups as its error."""
    _, unit, width = QUANTITIES[name]
    time, changes = _changes(recording, name)
    step = round(width / float(time[1] - time[0]))
    kept = time.size // step * step
    binned = changes[:, :kept].reshape(GROUPS, -1, step).mean(axis=2)
    errors = binned.std(axis=0, ddof=1) / np.sqrt(GROUPS)
    return Course(
        quantity=name,
        unit=unit,
        time=tuple(map(float, time[:kept].reshape(-1, step).mean(axis=1))),
        changes=tuple(
            Measurement(value=float(value), standard_error=float(error), degrees_of_freedom=GROUPS - 1)
            for value, error in zip(binned.mean(axis=0), errors, strict=True)
        ),
    )


def _effects(domain: str, name: str, recording: xr.Dataset) -> list[Effect]:
    """Return the change early and late; the first effect of a domain carries the course."""
    observed = {f"{name} {when}": QUANTITIES[name][1] for when in WINDOWS}
    first, *others = effects_in(domain, observed, partial(jackknifed, [recording], partial(_statistic, name)))
    return [replace(first, course=_course(recording, name)), *others]


def measure_activation(laboratory: Laboratory, settings: Settings) -> list[Effect]:
    """Return the change of potential and of rate early and late after the onset of Gq activation."""
    seed, jobs = settings.seed_of("activation"), []
    for factor in AT_REST.values():
        jobs.append(Job(population=_population(factor), experiment=_experiment(settings, 0.0, 400), seed=seed))
    for factor in FIRING.values():
        population = _population(factor)
        experiment = _experiment(settings, holding_current(population), 1000)
        jobs.append(Job(population=population, experiment=experiment, seed=seed))
    recordings = laboratory.record("Gq activation", jobs)
    effects = []
    for domain, recording in zip((*AT_REST, *FIRING), recordings, strict=True):
        effects += _effects(domain, "potential" if domain in AT_REST else "rate", recording)
    return effects


ACTIVATION = Experiment(
    name="activation",
    title="Gq activation over time",
    observables=OBSERVABLES,
    run=measure_activation,
    weight=3.0,
    papers=("gulledge2005", "krnjevic1971"),
)
