"""Left hand, second half: from the recordings of one condition to its features, whole and without each group."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import xarray as xr

from ..bridge.estimate import EstimateRefused
from ..bridge.kernel_fit import KernelEstimate, fit_kernel, from_onset, measured_features
from ..bridge.rate_table import merge_tables, rate_table
from ..bridge.replicates import without_group
from ..bridge.sigmoid_fit import SigmoidEstimate, fit_sigmoid
from .mass_models import Parts
from .replicated import Features, Replicated

_TOLERATED = 0.002  # V by which the drives may end below the potential of q_max


@dataclass(frozen=True, kw_only=True)
class FitPlan:
    """How every condition is read, settled on the untouched population so that changes compare like with like."""

    family: Any
    q_max: Literal["fitted", "at_cap", "refractory"]
    operating_drive: float
    level: float
    groups: int


@dataclass(frozen=True, kw_only=True)
class Constants:
    """What reading a condition needs of its cells: where q_max is read (V) and the dead time (s; None without)."""

    v_cap: float
    refractory_period: float | None


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What was recorded of one condition: steady drives (several batches of levels) and probe spikes."""

    steady: tuple[xr.Dataset, ...]
    probe: xr.Dataset

    def without(self, group: int, groups: int) -> "Recorded":
        """Return the recordings without one group of cells."""
        steady = tuple(without_group(recording, group, groups) for recording in self.steady)
        return Recorded(steady=steady, probe=without_group(self.probe, group, groups))

    @property
    def table(self) -> xr.Dataset:
        """Table of all levels."""
        return merge_tables(*(rate_table(r) for r in self.steady))


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What one condition is: estimates with intervals, features with paired replicates, parts of the mass model."""

    sigmoid: SigmoidEstimate | None
    kernel: KernelEstimate | None
    features: Replicated
    parts: Parts | None
    left_out: tuple[Parts, ...]
    refusals: tuple[tuple[str, str], ...]


def _operating(table: xr.Dataset, drive: float) -> tuple[float, float]:
    """Return mean free potential (V) and rate (Hz) of the levels that were held at the operating drive."""
    at = table.isel(level=np.isclose(table["drive"].values, drive, rtol=1e-9, atol=0.0))
    weight = at["exposure"].values
    return float(np.average(at["v_free"], weights=weight)), float(np.sum(at["count"]) / np.sum(weight))


def _short_of_cap(sigmoid: SigmoidEstimate | None, constants: Constants) -> list[tuple[str, str]]:
    """Say so if the drives never brought a condition to where q_max is read; a smooth then reads it at their end."""
    if sigmoid is None or sigmoid.v_cap is None or constants.v_cap - sigmoid.v_cap < _TOLERATED:
        return []
    reached, wanted = sigmoid.v_cap * 1e3, constants.v_cap * 1e3
    reason = (
        f"the drives bring these cells to {reached:.1f} mV, q_max is read at {wanted:.1f} mV; more conductance needs "
        "more drive; raise sigmoid.v_max, or ask for a smaller amount."
    )
    return [("features of the sigmoid", reason)]


def _one(recorded: Recorded, plan: FitPlan, constants: Constants, tail: float, capped: bool) -> tuple[Features, Parts]:
    """Return features and mass-model parts of one set of recordings.

    ``tail`` (s) is the decay after the window; without ``capped`` the features that depend on q_max are left out.
    """
    table = recorded.table
    sigmoid = fit_sigmoid(
        table,
        family=plan.family,
        q_max=plan.q_max,
        v_cap=constants.v_cap,
        refractory_period=constants.refractory_period,
        intervals="none",
    )
    response = recorded.probe["response"].sel(size=1.0).mean("group").values
    time, response = from_onset(recorded.probe["time"].values, response)
    kernel, _ = measured_features(time, response, tail)
    v, rate = _operating(table, plan.operating_drive)
    slope = float(sigmoid.sigmoid.gain(v))
    features = {name: estimate.value for name, estimate in sigmoid.features.items() if capped} | kernel
    features |= {"operating_v": v, "operating_rate": rate, "operating_slope": slope, "gain": slope * kernel["area"]}
    return features, Parts(sigmoid=sigmoid.sigmoid, time=time, response=response, operating_v=v)


def measure(recorded: Recorded, plan: FitPlan, constants: Constants) -> Measured:
    """Estimate one condition whole, and again without each group of cells.

    Returns
    -------
    Measured
        With a refusal in place of each estimate that the recordings cannot carry.
    """
    refusals: list[tuple[str, str]] = []
    sigmoid = kernel = None
    try:
        sigmoid = fit_sigmoid(
            recorded.table,
            family=plan.family,
            q_max=plan.q_max,
            v_cap=constants.v_cap,
            refractory_period=constants.refractory_period,
            level=plan.level,
        )
    except EstimateRefused as refused:
        refusals.append(("sigmoid", refused.reason))
    short = _short_of_cap(sigmoid, constants)
    refusals += short
    try:
        kernel = fit_kernel(recorded.probe, level=plan.level)
        tail = kernel.tail_time_constant
        whole, parts = _one(recorded, plan, constants, tail, not short)
        rest = [
            _one(recorded.without(group, plan.groups), plan, constants, tail, not short) for group in range(plan.groups)
        ]
    except EstimateRefused as refused:
        refusals.append(("features" if kernel else "kernel", refused.reason))
        nothing = Replicated(whole={}, left_out=())
        return Measured(
            sigmoid=sigmoid, kernel=kernel, features=nothing, parts=None, left_out=(), refusals=tuple(refusals)
        )
    return Measured(
        sigmoid=sigmoid,
        kernel=kernel,
        features=Replicated(whole=whole, left_out=tuple(features for features, _ in rest)),
        parts=parts,
        left_out=tuple(part for _, part in rest),
        refusals=tuple(refusals),
    )
