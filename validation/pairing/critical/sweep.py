"""A background rate taken up and down again in one run, on both sides: branches and hysteresis."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ....meanfield.dynamics.branch_events import SpecialPoint
from ....meanfield.models.population_network import PopulationNetwork
from ....meanfield.networks.special_points import special_point_near
from ....spiking.circuits import Stimulus
from ...study.circuit_study import SweepSection
from ..recording import CircuitJob, processor_seconds

Array = NDArray[np.float64]

_COARSE, _FINE = 5e-4, 2e-4  # s, steps of the mean field; the fine ones where delays are short
_SHORT_DELAY = 1e-3  # s
_FINE_BRANCH = 0.05  # longest step along a branch, of 5 mV or of the range
_MEASURED = 0.999  # of the rate at the cap of a sigmoid
_WIDER = 0.25  # of the range of the sweep, by which branches are followed beyond it


@dataclass(frozen=True)
class Staircase:
    """Relative changes of an input, each held for ``hold`` (s)."""

    heights: tuple[float, ...]
    hold: float

    def waveform(self, time: Array) -> Array:
        """Return the height at each time (s), the last one after the end."""
        place = np.clip(np.floor(np.asarray(time) / self.hold + 1e-9).astype(int), 0, len(self.heights) - 1)
        return np.asarray(self.heights)[place]


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """A background taken up and down in one condition, on both sides.

    Rates are in Hz, each direction from low to high factors of the background.

    Parameters
    ----------
    condition, parameter : str
        Of the circuit; the label of the background, as "E.external".
    factors : (value,) array
        Of the background's usual rate.
    measured : (repeat, direction, value, population) array
        Of the network: means over the second half of each step, a repeat with connections and noise of its own.
    predicted : (direction, value, population) array
        Of the mean field of infinite populations.
    noisy : (draw, direction, value, population) array
        Of the mean field with the noise of its finite populations, each with estimates drawn anew.
    branches : tuple of xarray.Dataset
        Steady states of the mean field over the parameter; "factor", "unstable" and "NAME.rate" along "point".
    points : tuple of SpecialPoint
        Folds and Hopf points, their value a factor.
    drawn_points : (draw, point) array
        The factors of the same points with estimates drawn anew; NaN where one has none.
    target : int
        Place of the population whose background is swept.
    seconds : float
        Processor time of the network's runs.
    unfollowed : str
        Why there are no branches, if their steady states could not be followed.
    """

    condition: str
    parameter: str
    factors: Array
    measured: Array
    predicted: Array
    noisy: Array
    branches: tuple[xr.Dataset, ...]
    points: tuple[SpecialPoint, ...]
    drawn_points: Array
    target: int
    seconds: float = 0.0
    unfollowed: str = ""


def sweep_jobs(asked: SweepSection, job: CircuitJob, seeds: Sequence[int]) -> list[CircuitJob]:
    """Return the runs in which a background climbs and descends a staircase, one for each seed."""
    heights = tuple(factor - 1.0 for factor in _course(asked))
    stimulus = Stimulus(target=asked.target, channel=asked.channel, waveform=Staircase(heights, asked.hold))
    climbing = replace(job, circuit=job.circuit.with_stimuli(stimulus), duration=asked.hold * len(heights))
    return [replace(climbing, seed=seed) for seed in seeds]


def _course(asked: SweepSection) -> tuple[float, ...]:
    return (*asked.factors, *asked.factors[::-1])


def swept_pair(
    asked: SweepSection,
    condition: str,
    recordings: Sequence[xr.Dataset],
    network: PopulationNetwork,
    rates: Array,
    drawn: Sequence[PopulationNetwork],
) -> Sweep:
    """Return both sides of a sweep.

    Parameters
    ----------
    asked : SweepSection
        What is swept.
    condition : str
        Name of the condition.
    recordings : sequence of xarray.Dataset
        Of the network, one a repeat.
    network : PopulationNetwork
        The frozen mean field, with ``rates`` (P,) (Hz) at the usual background.
    drawn : sequence of PopulationNetwork
        The same with estimates drawn anew.
    """
    label = f"{asked.target}.{asked.channel}"
    usual = network.parameters[label]
    try:
        (branches, points), unfollowed = followed(network, label, asked.factors), ""
    except ValueError as reason:  # the network has run and its sweep is worth keeping; the report names what is missing
        branches, points, unfollowed = (), (), str(reason)
    return Sweep(
        condition=condition, parameter=label, factors=np.asarray(asked.factors, dtype=float),
        measured=np.array([_steps(r["rate"].transpose("population", "time").values, asked) for r in recordings]),
        predicted=climbed(asked, network, rates),
        noisy=np.array([climbed(asked, one, rates, seed) for seed, one in enumerate(drawn)]),
        branches=branches, points=points,
        drawn_points=np.array([[_again(one, label, usual, point) for point in points] for one in drawn]).reshape(
            len(drawn), len(points)
        ),
        target=network.names.index(asked.target), seconds=sum(map(processor_seconds, recordings)),
        unfollowed=unfollowed,
    )  # fmt: skip


def climbed(asked: SweepSection, network: PopulationNetwork, rates: Array, seed: int | None = None) -> Array:
    """Return the rates (direction, value, population) (Hz) of a mean field on the staircase; noisy with a seed."""
    label = f"{asked.target}.{asked.channel}"
    shortest = min((p.delay.mean for p in network.projections), default=1.0)
    dt = _COARSE if shortest >= _SHORT_DELAY else _FINE
    levels = np.repeat(np.asarray(_course(asked)) * network.parameters[label], round(asked.hold / dt))
    run = network.simulate(
        levels.size * dt, dt, inputs={label: levels}, initial=rates, finite_size=seed is not None, seed=seed or 0
    )
    return _steps(run["rate" if seed is None else "activity"].transpose("population", "time").values, asked)


def _steps(rate: Array, asked: SweepSection) -> Array:
    """Return the means (direction, value, population) over the second half of each step of a run (population, time)."""
    number = len(asked.factors)
    steps = rate[:, : rate.shape[1] // (2 * number) * 2 * number].reshape(len(rate), 2, number, -1)
    late = steps[..., steps.shape[-1] // 2 :].mean(axis=-1)
    return np.moveaxis(np.stack([late[:, 0], late[:, 1, ::-1]], axis=1), 0, -1)


def followed(
    network: PopulationNetwork, label: str, factors: Sequence[float]
) -> tuple[tuple[xr.Dataset, ...], tuple[SpecialPoint, ...]]:
    """Return all branches of steady states about a range of factors, with folds and Hopf points; values are factors."""
    usual = network.parameters[label]
    low, high = min(factors), max(factors)
    reach = _WIDER * (high - low)
    found = network.continuation(
        label, (max(low - reach, 0.0) * usual, (high + reach) * usual), largest_step=_FINE_BRANCH
    )
    points = tuple(
        replace(point, value=point.value / usual)
        for point in (*found.folds, *found.hopfs)
        if np.all(point.state < _MEASURED * network.structure.q_max)
    )
    branches = tuple(
        branch.rename({label: "factor"}).assign(
            factor=("point", branch[label].values / usual, {"units": "1", "long_name": f"{label} over its usual rate"})
        )
        for branch in found.branches
        if not _beyond(branch, network)
    )
    return branches, points


def _beyond(branch: xr.Dataset, network: PopulationNetwork) -> bool:
    """Return whether some population of a branch never is where its rate was measured, below the cap of its sigmoid."""
    tops = zip(network.names, network.structure.q_max.tolist(), strict=True)
    return any(float(branch[f"{name}.rate"].min()) > _MEASURED * top for name, top in tops)


def _again(network: PopulationNetwork, label: str, usual: float, point: SpecialPoint) -> float:
    """Return the factor of the same special point of another mean field; NaN where it has none near."""
    try:
        near = replace(point, value=point.value * usual)
        return special_point_near(lambda v: network.with_parameter(label, v).structure, near).value / usual
    except ValueError:
        return float("nan")
