"""Error-controlled sampling of the untouched population, and the plan that every condition of the study then follows.

The levels are chosen once, on the untouched population, and played to every condition with the same seeds: changes are
paired, and no condition is sampled by its own outcome.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ..bridge.design import Sampling, drive_at, sample_until
from ..bridge.rate_table import rate_table
from ..bridge.sigmoid_fit import SigmoidEstimate, fit_sigmoid
from ..spiking import Population, SteadyDrive
from .drive_levels import drives_for
from .seeds import experiment_seed
from .simulations import Job, Laboratory
from .study import StudyError

Array = NDArray[np.floating]

PILOT_DURATION = 0.5  # s
MARGIN = (
    0.006  # V sampled above v_max, so that a condition whose threshold or drive has shifted still reaches its own cap
)


class SigmoidRequest(Protocol):
    """What a study says of the sigmoid."""

    channel: str
    v_min: float
    v_max: float
    levels: int
    cells: int
    duration: float
    warm_up: float
    budget: float


@dataclass(frozen=True, kw_only=True)
class SteadyPlan:
    """The batches of steady drives that every condition is given, their seeds, and what they achieved on the base."""

    batches: tuple[SteadyDrive, ...]
    seeds: tuple[int, ...]
    sampling: Sampling

    def jobs(self, population: Population) -> list[Job]:
        """Return the simulations of one condition."""
        pairs = zip(self.batches, self.seeds, strict=True)
        return [Job(population=population, experiment=batch, seed=seed) for batch, seed in pairs]


@dataclass
class _Sampler:
    """Turns wanted exposures into batches of level slots and runs them on the untouched population."""

    population: Population
    request: SigmoidRequest
    laboratory: Laboratory
    seed: int
    dt: float
    batches: list[SteadyDrive]

    def play(self, drives: Array, exposure: Array) -> xr.Dataset:
        # A level that needs more exposure takes several slots, each with cells and noise of its own.
        slots = np.maximum(1, np.round(exposure / (self.request.cells * self.request.duration))).astype(int)
        return self.record(np.repeat(drives, slots), self.request.duration)

    def record(self, drives: Array, duration: float) -> xr.Dataset:
        batch = SteadyDrive(
            levels=tuple(float(drive) for drive in drives),
            channel=self.request.channel,
            cells=self.request.cells,
            duration=duration,
            warm_up=self.request.warm_up,
            dt=self.dt,
        )
        seed = experiment_seed(self.seed, "steady", len(self.batches))
        self.batches.append(batch)
        job = Job(population=self.population, experiment=batch, seed=seed)
        return rate_table(self.laboratory.record(f"Sampling the sigmoid, batch {len(self.batches)}", [job])[0])


def plan_sampling(
    population: Population,
    request: SigmoidRequest,
    targets: Callable[[SigmoidEstimate], dict[str, float]],
    *,
    laboratory: Laboratory,
    seed: int,
    dt: float,
    family: str,
    q_max: str,
) -> SteadyPlan:
    """Sample the untouched population until the wanted standard errors are met or the budget is spent.

    Parameters
    ----------
    population : Population
    request : SigmoidRequest
        Channel, range of potentials relative to the threshold (V), durations (s), budget (neuron-seconds).
    targets : callable
        From the pilot's estimate to the wanted standard error of each feature, in its own unit.
    laboratory : Laboratory
    seed : int
        Seed of the study.
    dt : float
        Time step, s.
    family, q_max : str
        How the sigmoid is to be read, see ``fit_sigmoid``.
    """
    sampler = _Sampler(population, request, laboratory, seed, dt, [])
    low, cap = population.cell.threshold + request.v_min, population.cell.threshold + request.v_max
    high = cap + MARGIN
    drives = drives_for(population, request.channel, np.linspace(low, high, request.levels))
    pilot = sampler.record(drives, min(PILOT_DURATION, request.duration))

    def read(table: xr.Dataset) -> SigmoidEstimate:
        shape = "exgaussian" if family in ("auto", "tabulated") else family
        return fit_sigmoid(table, family=shape, q_max=q_max, v_cap=cap, intervals="wald")  # type: ignore[arg-type]

    sampling = sample_until(sampler.play, pilot, targets(read(pilot)), low, high, budget=request.budget, fit=read)
    seeds = tuple(experiment_seed(seed, "steady", number) for number in range(len(sampler.batches)))
    return SteadyPlan(batches=tuple(sampler.batches), seeds=seeds, sampling=sampling)


def with_level(plan: SteadyPlan, drive: float, slots: int, seed: int) -> SteadyPlan:
    """Return the plan with one more batch: ``slots`` slots held at ``drive``, the operating point."""
    batch = replace(plan.batches[-1], levels=(drive,) * slots)
    return replace(plan, batches=(*plan.batches, batch), seeds=(*plan.seeds, seed))


def operating_drive(plan: SteadyPlan, rate: float) -> float:
    """Return the drive at which the untouched population fires at ``rate`` (Hz), read off its estimated sigmoid.

    Raises
    ------
    StudyError
        If the sampled range does not contain that rate.
    """
    table, sigmoid = plan.sampling.table, plan.sampling.estimate.sigmoid
    rates = np.asarray(sigmoid(table["v_free"].values))
    if not rates.min() < rate < rates.max():
        sentence = (
            f"operating.rate: {rate:g} Hz is outside the sampled rates ({rates.min():.3g} to {rates.max():.3g} Hz); "
            "choose another rate, or widen sigmoid.v_min and v_max."
        )
        raise StudyError("study", [sentence])
    potential = float(sigmoid.quantile(rate / sigmoid.q_max))
    return float(drive_at(table, np.array([potential]))[0])
