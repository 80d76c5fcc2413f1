"""GABA_B through its cascade: whether inhibition grows in proportion to the number of spikes, as a kernel would.

Volleys of 4 and of 16 spikes on the average, within 20 ms, reach GABA_B receptors that nothing else reaches.
Super-additivity is the logarithm of the response to the larger one over four times that to the smaller one.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import xarray as xr

from ....spiking import POPULATIONS, Afferent, GabaBCascade, Population, Synapse, TimeVaryingInput
from ....spiking.library import in_silence
from ....spiking.stimuli import Step
from ...simulations import Job, Laboratory
from ..bench import GROUPS, Settings, with_background
from ..effect import Effect
from .experiment import Experiment, effects_in, jackknifed, log_ratio
from .probes import holding_current

SMALL, LARGE = 4.0, 16.0
LINEAR, CASCADE = "0.05 nS", "60 nS"  # peak of one spike; all channels
DOMAINS = {
    "linear gate, silent cell": (None, 0.0),
    "cascade, silent cell": (GabaBCascade(terminals=1), 0.0),
    "cascade, low background": (GabaBCascade(terminals=1), 0.5),
}
"""The cascade, and the background as a factor."""
OBSERVABLES = {"super-additivity of volleys": "1"}
_RATE, _WIDTH, _ONSET = 1.0, 0.020, 0.3  # Hz, s, s
_WINDOW = (0.05, 0.35)  # s after the onset, where the response is read


def _population(cascade: GabaBCascade | None, background: float) -> Population:
    """Return pyramids whose GABA_B receptors hear an afferent of their own, in a background without GABA_B."""
    population = POPULATIONS["e1"]()
    fast = tuple(s for s in population.afferent("inhibitory").synapses if s.receptor == "gaba_a")
    population = with_background(population.with_afferent("inhibitory", synapses=fast), background)
    slow = Synapse(
        receptor="gaba_b",
        weight=LINEAR if cascade is None else CASCADE,
        reversal="-90 mV",
        rise="60 ms",
        decay="200 ms",
        cascade=cascade,
    )
    afferents = () if background == 0 else population.afferents
    population = in_silence(population) if background == 0 else population
    return replace(population, afferents=(*afferents, Afferent(name="slow", rate=_RATE, synapses=(slow,))))


def _experiment(settings: Settings, current: float) -> TimeVaryingInput:
    volleys = [Step(height=size / (_WIDTH * _RATE), onset=_ONSET, offset=_ONSET + _WIDTH) for size in (SMALL, LARGE)]
    return TimeVaryingInput(
        stimuli=tuple(volleys),
        channel="slow",
        current=current,
        groups=GROUPS,
        cells_per_group=settings.cells(2000) // GROUPS,
        duration=0.7,
        dt=2e-4,
        sample=0.01,
    )


def _statistic(parts: Sequence[xr.Dataset]) -> dict[str, float]:
    time, v = parts[0]["time"].values, parts[0]["v_free"].mean("group").values
    after = (time > _ONSET + _WINDOW[0]) & (time < _ONSET + _WINDOW[1])
    small, large = v[:, after].mean(axis=1) - v[:, time < _ONSET].mean(axis=1)
    return {"super-additivity of volleys": log_ratio(large * SMALL, small * LARGE)}


def measure_cascade(laboratory: Laboratory, settings: Settings) -> list[Effect]:
    """Return how the response to volleys grows with their size, through a linear gate and through the cascade."""
    seed, jobs = settings.seed_of("cascade"), []
    for cascade, background in DOMAINS.values():
        population = _population(cascade, background)
        without_slow = replace(population, afferents=population.afferents[:-1])
        current = 0.0 if background == 0 else holding_current(without_slow)
        jobs.append(Job(population=population, experiment=_experiment(settings, current), seed=seed))
    recordings = laboratory.record("GABA_B volleys", jobs)
    return [
        effect
        for domain, recording in zip(DOMAINS, recordings, strict=True)
        for effect in effects_in(domain, OBSERVABLES, partial(jackknifed, [recording], _statistic))
    ]


CASCADE_OF_GABA_B = Experiment(
    name="cascade",
    title="GABA_B receptors: volleys of inhibitory spikes",
    observables=OBSERVABLES,
    run=measure_cascade,
    weight=1.0,
    papers=("destexhe1995",),
)
