"""Temporal aperture: how far apart two volleys may arrive and still add up, and what levers of the kernel do to it.

A pulse of 30 spikes in 10 ms is given to every cell, alone or followed by a second one. Summation is
the mean free potential 5 to 25 ms after the second onset over that after a single one, above baseline, minus 1: what is
left of the first response when the second comes, in units of one.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ....spiking import MECHANISMS, POPULATIONS, Population, TimeVaryingInput
from ....spiking.stimuli import PulsePair, Step
from ...simulations import Job, Laboratory
from ..bench import GROUPS, Settings, with_background
from ..effect import Effect
from .experiment import Experiment, effects_in, jackknifed, log_ratio
from .probes import holding_current

Array = NDArray[np.floating]

SEPARATIONS = (0.010, 0.030, 0.080, 0.200)  # s
LEVERS = {"nmda_fraction": (0.2, 0.080), "gaba_a_density": (1.4, 0.030)}  # amount, separation (s) that is compared
BACKGROUNDS = {"low background": 0.5, "high background": 3.0}
_SPIKES, _WIDTH, _ONSET = 30.0, 0.010, 0.3  # of the pulse: 1, s, s
_WINDOW = (0.005, 0.025)  # s after an onset, where the response is read
_SERIES = "summation over separation"
_NAMES = {lever: f"{lever}: summation at {separation * 1e3:.0f} ms" for lever, (_, separation) in LEVERS.items()}
OBSERVABLES = {_SERIES: "1", **dict.fromkeys(_NAMES.values(), "1")}


def _experiment(settings: Settings, population: Population) -> TimeVaryingInput:
    height = _SPIKES / (_WIDTH * population.afferent("excitatory").rate)
    single = Step(height=height, onset=_ONSET, offset=_ONSET + _WIDTH)
    pairs = [PulsePair(height=height, width=_WIDTH, separation=s, onset=_ONSET) for s in SEPARATIONS]
    return TimeVaryingInput(
        stimuli=(single, *pairs),
        current=holding_current(population),
        groups=GROUPS,
        cells_per_group=settings.cells(2000) // GROUPS,
        duration=0.9,
        dt=2e-4,
        sample=2e-3,
    )


def _summations(recording: xr.Dataset) -> Array:
    """Return the summation of every pair."""
    time, v = recording["time"].values, recording["v_free"].mean("group").values
    above = v - v[:, time < _ONSET].mean()

    def after(row: int, onset: float) -> float:
        return float(above[row, (time > onset + _WINDOW[0]) & (time < onset + _WINDOW[1])].mean())

    pairs = [after(row, _ONSET + separation) for row, separation in enumerate(SEPARATIONS, start=1)]
    return np.array(pairs) / after(0, _ONSET) - 1


def _falling(parts: Sequence[xr.Dataset]) -> dict[str, float]:
    summed = _summations(parts[0])
    steps = {f"step {i}": float(step) for i, step in enumerate(np.diff(summed))}
    return steps | {_SERIES: float(summed[-1] - summed[0])}


def _compared(lever: str, parts: Sequence[xr.Dataset]) -> dict[str, float]:
    at = SEPARATIONS.index(LEVERS[lever][1])
    before, after = (float(_summations(part)[at]) for part in parts)
    return {_NAMES[lever]: log_ratio(after, before)}


def measure_integration(laboratory: Laboratory, settings: Settings) -> list[Effect]:
    """Return how summation falls with the separation, and what the levers do to it, at both backgrounds."""
    effects = []
    for domain, factor in BACKGROUNDS.items():
        population = with_background(POPULATIONS["e1"](), factor)
        changed = [MECHANISMS[name].apply(population, amount) for name, (amount, _) in LEVERS.items()]
        experiment, seed = _experiment(settings, population), settings.seed_of("integration")
        jobs = [Job(population=p, experiment=experiment, seed=seed) for p in (population, *changed)]
        untouched, *others = laboratory.record(f"Pulse pairs, {domain}", jobs)
        effects += effects_in(domain, {_SERIES: "1"}, partial(jackknifed, [untouched], _falling), series=_SERIES)
        for lever, recording in zip(LEVERS, others, strict=True):
            found = partial(jackknifed, [untouched, recording], partial(_compared, lever))
            effects += effects_in(domain, {_NAMES[lever]: "1"}, found)
    return effects


INTEGRATION = Experiment(
    name="integration",
    title="Temporal aperture: summation of pulse pairs",
    observables=OBSERVABLES,
    run=measure_integration,
    weight=3.0,
)
