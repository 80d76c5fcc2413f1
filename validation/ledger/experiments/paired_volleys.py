"""GABA_B autoreceptors in time: what a first inhibitory volley leaves of a second one.

Volleys of 20 spikes within 5 ms reach every cell, alone or in pairs. The effect is the logarithm of the second response
over the first one, minus the same without receptors on the terminals: what driving force and postsynaptic conductance
do is taken off.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import xarray as xr

from ....spiking import MECHANISMS, POPULATIONS, Population, PresynapticInhibition, TimeVaryingInput
from ....spiking.stimuli import PulsePair, Step
from ...simulations import Job, Laboratory
from ..bench import GROUPS, Settings
from ..effect import Effect
from .experiment import Experiment, effects_in, jackknifed, log_ratio
from .probes import holding_current

SEPARATIONS = {"100 ms": 0.100, "200 ms": 0.200, "300 ms": 0.300}
TERMINALS = {"terminals at 1 Hz": 1.0, "terminals at 10 Hz": 10.0}  # rate of one terminal, Hz
STRENGTH, NUMBER = 0.8, 20.0
DOMAINS = {f"{terminals}, {apart}": (terminals, apart) for terminals in TERMINALS for apart in SEPARATIONS}
OBSERVABLES = {"second over first volley": "1"}
_SPIKES, _WIDTH, _ONSET = 20.0, 0.005, 0.3
_WINDOW = (0.002, 0.022)  # s after an onset, where the response is read


def _population(rate: float) -> Population:
    """Return cells that hear 20 inhibitory terminals and nothing else; their autoreceptors withhold nothing yet."""
    present = PresynapticInhibition(source="inhibitory", strength=0.0, terminals=NUMBER)
    population = POPULATIONS["textbook_lif"]().with_afferent("inhibitory", rate=rate * NUMBER, presynaptic=present)
    return replace(population, noise=None, afferents=(population.afferent("inhibitory"),))


def _experiment(settings: Settings, population: Population) -> TimeVaryingInput:
    height = _SPIKES / (_WIDTH * population.afferent("inhibitory").rate)
    single = Step(height=height, onset=_ONSET, offset=_ONSET + _WIDTH)
    pairs = [PulsePair(height=height, width=_WIDTH, separation=s, onset=_ONSET) for s in SEPARATIONS.values()]
    return TimeVaryingInput(
        stimuli=(single, *pairs),
        channel="inhibitory",
        current=holding_current(population),
        groups=GROUPS,
        cells_per_group=settings.cells(4000) // GROUPS,
        duration=0.7,
        dt=2e-4,
        sample=2e-3,
    )


def _left(recording: xr.Dataset, apart: str) -> float:
    """Return the logarithm of the second response, above what the first one left, over the first."""
    time, v = recording["time"].values, recording["v_free"].mean("group").values
    above = v - v[:, time < _ONSET].mean(axis=1, keepdims=True)

    def after(row: int, onset: float) -> float:
        return float(above[row, (time > onset + _WINDOW[0]) & (time < onset + _WINDOW[1])].mean())

    row, second = 1 + list(SEPARATIONS).index(apart), _ONSET + SEPARATIONS[apart]
    return log_ratio(after(row, second) - after(0, second), after(0, _ONSET))


def _statistic(apart: str, parts: Sequence[xr.Dataset]) -> dict[str, float]:
    before, after = (_left(part, apart) for part in parts)
    return {"second over first volley": after - before}


def measure_paired_volleys(laboratory: Laboratory, settings: Settings) -> list[Effect]:
    """Return what autoreceptors take from a second volley, at rest and with terminals that are active anyway."""
    seed, jobs = settings.seed_of("paired volleys"), []
    for rate in TERMINALS.values():
        population = _population(rate)
        experiment = _experiment(settings, population)
        changed = MECHANISMS["gaba_b_presynaptic"].apply(population, STRENGTH, "bio:autoreceptor")
        jobs += [Job(population=p, experiment=experiment, seed=seed) for p in (population, changed)]
    recordings = laboratory.record("Paired inhibitory volleys", jobs)
    pairs = dict(zip(TERMINALS, zip(recordings[::2], recordings[1::2], strict=True), strict=True))
    effects = []
    for domain, (terminals, apart) in DOMAINS.items():
        effects += effects_in(
            domain, OBSERVABLES, partial(jackknifed, list(pairs[terminals]), partial(_statistic, apart))
        )
    return effects


PAIRED_VOLLEYS = Experiment(
    name="paired volleys",
    title="GABA_B autoreceptors in time: paired inhibitory volleys",
    observables=OBSERVABLES,
    run=measure_paired_volleys,
    weight=1.5,
    papers=("deisz1989",),
)
