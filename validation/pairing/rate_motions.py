"""How the rate of each population alone moves with everything it hears: noise on one input after the other."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.integrate import trapezoid

from ...bridge.circuit_reduction import CURRENT, OperatingState, spike_kernel
from ...bridge.circuit_reduction.network_of_states import current_kernel
from ...bridge.estimate import EstimateRefused
from ...bridge.rate_motion import RateMotionEstimate, estimate_rate_motion
from ...meanfield import Kernel
from ...spiking import TimeVaryingInput
from ...spiking.stimuli import NoiseInput
from ..simulations import Job, Laboratory
from ..study.circuit_study import OpenLoopSection

_PACKAGES = ("bridge", "meanfield", "validation/pairing/rate_motions.py")
_SHARE = 0.2  # of the width of the potentials, the sd by which the noise moves their mean
_NOISE_TIME = 1e-3  # s
_WIDEST = 0.3  # of a rate, the sd of its noise, so that it is hardly ever cut at 0
_SAMPLE = 1e-3  # s
_GROUPS = 10
_SEED = 40  # after those of the other experiments of a population


@dataclass(frozen=True, kw_only=True)
class MeasuredMotions:
    """By population and by afferent or "current", how the rate moves; ``refused`` are (population, input, reason)."""

    found: Mapping[str, Mapping[str, RateMotionEstimate]] = field(default_factory=dict)
    refused: tuple[tuple[str, str, str], ...] = ()


def measure_motions(
    states: Mapping[str, OperatingState],
    asked: OpenLoopSection,
    dt: float,
    seed: int,
    laboratory: Laboratory,
    stage: str,
) -> MeasuredMotions:
    """Simulate all populations alone under noise on each input, and estimate how their rates move with it.

    An input whose noise the rate does not show has no motion; the reason is kept.
    """
    if not asked.motion_cells:
        return MeasuredMotions()
    plans = {
        (name, channel): Job(
            population=state.population,
            experiment=_experiment(state, channel, asked, dt, seed + 100 * place + _SEED + number),
            seed=seed + 100 * place + _SEED + number,
        )
        for place, (name, state) in enumerate(states.items())
        for number, channel in enumerate(_channels(state))
    }
    recordings = laboratory.record(stage, list(plans.values()))
    found: dict[str, dict[str, RateMotionEstimate]] = {name: {} for name in states}
    refused = []
    for (name, channel), recording in zip(plans, recordings, strict=True):
        try:
            found[name][channel] = laboratory.store.call(estimate_rate_motion, recording, packages=_PACKAGES)
        except EstimateRefused as reason:
            refused.append((name, channel, reason.reason))
    return MeasuredMotions(found=found, refused=tuple(refused))


def _channels(state: OperatingState) -> list[str]:
    return [CURRENT, *(a.name for a in state.population.afferents if a.rate > 0)]


def _experiment(state: OperatingState, channel: str, asked: OpenLoopSection, dt: float, seed: int) -> TimeVaryingInput:
    width = float(np.hypot(state.point.sigma_v, state.population.cell.threshold_spread))
    if channel == CURRENT:
        amplitude, unit = 1.0, _SHARE * width / _moved(current_kernel(state))
    else:
        afferent = state.population.afferent(channel)
        moved = afferent.rate * _moved(spike_kernel(state.point, afferent.synapses))
        amplitude, unit = min(_SHARE * width / moved if moved > 0 else _WIDEST, _WIDEST), 1.0
    return TimeVaryingInput(
        stimuli=(NoiseInput(amplitude=amplitude, time_constant=_NOISE_TIME, seed=seed),), channel=channel,
        current_unit=unit, groups=_GROUPS, cells_per_group=asked.motion_cells // _GROUPS,
        duration=asked.motion_duration, warm_up=0.5, dt=dt, sample=_SAMPLE,
    )  # fmt: skip


def _moved(kernel: Kernel) -> float:
    """Return the sd of the potential (V) under the noise with an sd of one unit of input."""
    frequency = np.concatenate([[0.0], np.geomspace(1e-1, 2e3, 400)])
    noise = 2 * _NOISE_TIME / (1 + (2 * np.pi * frequency * _NOISE_TIME) ** 2)
    return float(np.sqrt(2 * trapezoid(np.abs(kernel.transfer(frequency)) ** 2 * noise, frequency)))
