"""Every population of a circuit measured alone, at the rates that theory expects of all others."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ...bridge.circuit_reduction import MeasuredState, OpenLoopEstimate, OperatingState
from ...bridge.estimate import EstimateRefused
from ...bridge.kernel_fit import KernelEstimate, fit_kernel
from ...bridge.rate_table import rate_table
from ...bridge.sigmoid_fit import SigmoidEstimate, fit_sigmoid
from ...meanfield import Sigmoid
from ...meanfield.networks import RateModel, rate_model
from ...spiking import ProbeSpikes, SteadyDrive
from ..simulations import Job, Laboratory
from ..study.circuit_study import OpenLoopSection

Array = NDArray[np.float64]

_PACKAGES = ("bridge", "meanfield", "validation/pairing/open_loop.py")
_STEADY, _PROBE = 0, 1
_SLOWEST = 8.0  # mean lags of a kernel that a probe is watched for
_SHORTEST = 0.1  # s


@dataclass(frozen=True, kw_only=True)
class MeasuredCurve:
    """The rate of a population without a theory by the potential that stands for it, and what a reader must know."""

    family: str
    sigmoid: Sigmoid | RateModel
    warnings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class OpenLoop:
    """What was measured of one population alone.

    ``table`` has one row a level (`rate_table`), ``rate`` and ``rate_error`` (Hz) are those of the operating level,
    where the sigmoid says ``fitted_rate``.
    """

    estimate: OpenLoopEstimate
    sigmoid: SigmoidEstimate | MeasuredCurve
    kernels: Mapping[str, KernelEstimate]
    table: xr.Dataset
    rate: float
    rate_error: float
    expected_rate: float

    @property
    def fitted_rate(self) -> float:
        """Rate of the sigmoid at the operating potential, Hz."""
        return rate_at(self.sigmoid.sigmoid, self.estimate.operating_v, self.estimate.operating_variance)

    @property
    def kernel_families(self) -> dict[str, str]:
        """Family of every kernel, by afferent; "predicted" where theory gives it."""
        return {
            name: self.kernels[name].family if name in self.kernels else "predicted" for name in self.estimate.kernels
        }

    @property
    def relative_error(self) -> float:
        """Standard error of the rate over the rate, with what the sigmoid misses the operating level by."""
        return float(np.hypot(self.rate_error, self.fitted_rate - self.rate) / max(self.rate, 1e-3))


def rate_at(curve: Sigmoid | RateModel, v: float, variance: float) -> float:
    """Return the rate (Hz) of a sigmoid or a rate model at a mean potential (V) with this variance (V^2)."""
    return float(rate_model(curve)(v, variance))


def measured_open_loop(state: MeasuredState) -> OpenLoop:
    """Return the open loop of a population that had to be measured to find its state: there is no second one."""
    estimate = OpenLoopEstimate(
        rate=state.curve, kernels=state.alone, operating_v=state.v, operating_variance=state.sigma_v**2
    )
    return OpenLoop(
        estimate=estimate,
        sigmoid=MeasuredCurve(family=state.family, sigmoid=state.curve, warnings=state.notes),
        kernels=state.probes, table=state.table, rate=state.rate, rate_error=state.rate_error,
        expected_rate=state.rates[state.name],
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class OpenLoopPlan:
    """The jobs of one population: steady currents about its operating point, and a probe of each afferent it hears."""

    state: OperatingState
    jobs: tuple[Job, ...]
    probed: tuple[str, ...]


def plan_open_loop(state: OperatingState, asked: OpenLoopSection, dt: float, seed: int) -> OpenLoopPlan:
    """Return what is to be measured of a population at its operating state."""
    population, point = state.population, state.point
    width = float(np.hypot(point.sigma_v, population.cell.threshold_spread))
    offsets = np.linspace(-asked.reach, asked.reach, asked.levels) * width
    levels = [float(offset * point.slope_conductance) for offset in offsets]
    steady = SteadyDrive(
        levels=(*levels, *[0.0] * asked.slots), cells=asked.cells, duration=asked.duration, warm_up=0.5, dt=dt
    )
    probed = tuple(a.name for a in population.afferents if a.rate > 0)
    probes = [ProbeSpikes(afferent=name, sizes=(1.0,), duration=_watch(state), dt=dt) for name in probed]
    jobs = [
        Job(population=population, experiment=experiment, seed=seed + number)
        for number, experiment in enumerate([steady, *probes])
    ]
    return OpenLoopPlan(state=state, jobs=tuple(jobs), probed=probed)


def _watch(state: OperatingState) -> float:
    """Return for how long the response to a spike is followed, s."""
    slowest = max((kernel.mean_lag for kernel in state.kernels.values()), default=0.0)
    return float(np.ceil(max(_SHORTEST, _SLOWEST * slowest) * 100) / 100)


def measure_open_loop(plans: Mapping[str, OpenLoopPlan], laboratory: Laboratory, stage: str) -> dict[str, OpenLoop]:
    """Simulate all populations alone and estimate each.

    Raises
    ------
    EstimateRefused
        If the recordings of a population cannot carry a sigmoid or a kernel; the reason names it.
    """
    recordings = iter(laboratory.record(stage, [job for plan in plans.values() for job in plan.jobs]))
    found = {}
    for name, plan in plans.items():
        steady, *probes = (next(recordings) for _ in plan.jobs)
        try:
            found[name] = laboratory.store.call(
                estimated, plan.state, steady, dict(zip(plan.probed, probes, strict=True)), packages=_PACKAGES
            )
        except EstimateRefused as refused:
            raise EstimateRefused(f"{name} alone: {refused.reason}", refused.estimate) from refused
    return found


def estimated(state: OperatingState, steady: xr.Dataset, probes: Mapping[str, xr.Dataset]) -> OpenLoop:
    """Return sigmoid, kernels and operating point from the recordings of one population."""
    table = rate_table(steady)
    sigmoid = fit_sigmoid(table, q_max="at_cap", intervals="none", tolerance=0.02)
    kernels = {name: fit_kernel(probe) for name, probe in probes.items()}
    at = table.isel(level=np.flatnonzero(table["drive"].values == 0.0))
    weight = at["exposure"].values
    share = weight / weight.sum()
    estimate = OpenLoopEstimate(
        rate=sigmoid.sigmoid,
        kernels={name: kernel.kernel for name, kernel in kernels.items()},
        operating_v=float(at["v_free"].values @ share),
        operating_variance=float(np.mean(at["sigma_v"].values ** 2)),
    )
    return OpenLoop(
        estimate=estimate, sigmoid=sigmoid, kernels=kernels, table=table,
        rate=float(at["count"].sum() / weight.sum()),
        rate_error=float(np.sqrt(np.sum((at["rate_se"].values * share) ** 2))),
        expected_rate=state.rate,
    )  # fmt: skip
