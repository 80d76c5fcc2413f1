"""Thalamic relay cells: whether inactivation of T-type channels makes the output more like a step.

Single noise-free cells are given current steps of 200 ms, from the weakest that makes a spike to 100 pA above it. The
unevenness is the coefficient of variation of the spike count over the amplitudes: near 0 for an all-or-none response.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ....bridge.replicates import jackknife_values
from ....spiking import MECHANISMS, POPULATIONS, CurrentPulses, Population, Pulses
from ....spiking.library import in_silence
from ....spiking.mechanisms import Mode
from ...simulations import Job, Laboratory
from ...verdict import Measurement
from ..bench import Settings
from ..effect import Effect
from .experiment import Experiment, log_ratio
from .relay_modes import relay_modes

Array = NDArray[np.floating]

DURATION, STEP, LARGEST, SPAN = 0.200, 2e-12, 400e-12, 100e-12  # s; A
OBSERVABLES = {"unevenness": "1", "spikes of strong steps": "1"}


# With closed K+ leak the cell rests at -65 mV; 24 pA bring it past -60 mV, where all channels are inactivated.
DOMAINS: dict[str, tuple[Mode, float, float]] = {
    "T-type conductance removed": ("review", 0.0, 0.0),
    "K+ leak closed, past -60 mV": ("bio", 0.0, 24e-12),
}
"""Ways to have no T-type current: reading and factor of the lever, and the current (A) injected all the time."""


def _population(mode: Mode, factor: float, current: float) -> Population:
    changed = MECHANISMS["t_type_mode"].apply(POPULATIONS["thalamic_relay"](), factor, mode)
    return replace(in_silence(changed), current=current)


def _experiment() -> CurrentPulses:
    amplitudes = np.arange(0.0, LARGEST, STEP)
    pulses = tuple(Pulses(amplitude=float(a), width=DURATION) for a in amplitudes)
    return CurrentPulses(conditions=pulses, duration=DURATION, warm_up=1.0, dt=5e-5)


def _counts(recording: xr.Dataset) -> Array:
    """Return the spike counts from the weakest step that makes a spike to ``SPAN`` above it."""
    counts = recording["spike_count"].values.astype(float)
    first = int(np.argmax(counts > 0))
    return counts[first : first + round(SPAN / STEP)]


def _statistic(available: Array, inactivated: Array) -> dict[str, float]:
    def unevenness(counts: Array) -> float:
        return float(counts.std() / counts.mean())

    strong = [float(counts[-counts.size // 4 :].mean()) for counts in (inactivated, available)]
    return {
        "unevenness": unevenness(inactivated) - unevenness(available),
        "spikes of strong steps": log_ratio(strong[0], strong[1]),
    }


def _jackknifed(pair: Sequence[Array], groups: int = 10) -> dict[str, Measurement]:
    """Return both numbers with errors from leaving out every tenth amplitude in turn."""
    left_out = [_statistic(*(counts[np.arange(counts.size) % groups != g] for counts in pair)) for g in range(groups)]
    found = jackknife_values(_statistic(*pair), left_out)
    return {
        name: Measurement(value=e.value, standard_error=e.standard_error, degrees_of_freedom=groups - 1)
        for name, e in found.items()
    }


def measure_relay(laboratory: Laboratory, settings: Settings) -> list[Effect]:
    """Return how the response to steps changes when T-type channels are inactivated, in two ways."""
    populations = [in_silence(POPULATIONS["thalamic_relay"]()), *(_population(*way) for way in DOMAINS.values())]
    jobs = [Job(population=p, experiment=_experiment(), seed=settings.seed) for p in populations]
    available, *others = (_counts(recording) for recording in laboratory.record("Relay cells", jobs))
    effects = []
    for domain, inactivated in zip(DOMAINS, others, strict=True):
        found = _jackknifed((available, inactivated))
        effects += [
            Effect(observable=name, domain=domain, unit=unit, measurement=found[name])
            for name, unit in OBSERVABLES.items()
        ]
    return effects


RELAY = Experiment(
    name="relay",
    title="Thalamic relay cells: T-type channels and step-like output",
    observables=OBSERVABLES,
    run=measure_relay,
    weight=0.4,
    papers=("smith2000",),
    portrait=relay_modes,
)
