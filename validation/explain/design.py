"""The next recording of the untouched population: which drive level or probe shortens a feature's interval most.

Every addition costs the same number of neuron-seconds, so that they compare.
"""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ...bridge.inverse import Addition, LevelDesign
from ...bridge.sigmoid_fit import CountData
from ...bridge.sigmoid_fit.families import FAMILIES
from ...bridge.sigmoid_fit.features import NAMES
from ..document import plain
from ..report.numbers import compact, scale, usual_unit
from ..result import Result
from .mistakes import ExplainError

Array = NDArray[np.floating]

KERNEL = ("area", "mean_lag", "sd", "peak", "time_to_peak", "rise_time", "decay_time", "cutoff_frequency")
TARGETS = (*NAMES, "operating_slope", "gain", *KERNEL)
_SHOWN = 5
_SEQUENCE = 3


def design(result: Result, target: str, *, neuron_seconds: float | None = None) -> dict[str, Any]:
    """Return which additions shorten the interval of a feature of the untouched population most.

    Parameters
    ----------
    result : Result
    target : str
        A feature of the sigmoid, of the kernel, or ``operating_slope`` or ``gain``.
    neuron_seconds : float, optional
        Size of an addition; a tenth of what was spent on the levels by default.

    Returns
    -------
    dict
        ``single`` additions, the best first, and the best ``together``; each with the error it promises over that now.

    Raises
    ------
    ExplainError
        If the target is unknown, or the levels cannot carry a sigmoid.
    """
    if target not in TARGETS:
        raise ExplainError(f"{target}: no feature to design for; there are {', '.join(TARGETS)}.")
    dataset = result.dataset.isel(condition=0)
    data = _counts(dataset)
    amount = 0.1 * float(data.exposure.sum()) if neuron_seconds is None else neuron_seconds
    levels, probes = _of_levels(result, dataset, data, target, amount), _of_probes(result, dataset, target, amount)
    single = sorted([*levels["single"], *probes], key=lambda row: row["promised"])[:_SHOWN]
    return plain({"target": target, "neuron_seconds": amount, "single": single, "together": levels["together"]})


def _counts(dataset: xr.Dataset) -> CountData:
    """Return the levels of one condition as the likelihood sees them; the errors of the potential are left out."""
    known = np.isfinite(dataset["count"].values) & np.isfinite(dataset["v_free"].values)
    v, count, exposure, fano = (dataset[name].values[known] for name in ("v_free", "count", "exposure", "fano"))
    nothing = np.zeros_like(v)
    return CountData(v, count, exposure, np.maximum(fano, 0.02), nothing, nothing)


def _share(dataset: xr.Dataset, plan: LevelDesign, target: str, v: float) -> float:
    """Return the share of the target's variance that the sigmoid makes: all, none, or for the gain a part."""
    if target != "gain":
        return 0.0 if target in KERNEL else 1.0
    slope = plan.standard_error("slope", v) / plan.gradient("slope", v)[0]
    area = dataset.sel(feature="area")
    kernel = float(area["measured_se"]) / abs(float(area["measured"]))
    return slope**2 / (slope**2 + kernel**2)


def _of_levels(result: Result, dataset: xr.Dataset, data: CountData, target: str, amount: float) -> dict[str, Any]:
    if target in KERNEL:
        return {"single": [], "together": []}
    base = result.document["base"]
    plan = LevelDesign.from_counts(data, family=_family(base.get("family")), v_cap=base.get("v_cap"))
    at = float(dataset["measured"].sel(feature="operating_v"))
    share = _share(dataset, plan, target, at)
    wanted = "slope" if target in ("operating_slope", "gain") else target
    drive, v = _candidate_levels(dataset)
    unit = "A" if base.get("channel", "current") == "current" else "Hz"
    names = [f"rate at {compact(d * scale(unit), signed=unit == 'A')} {usual_unit(unit)}" for d in drive]
    single = plan.additions(wanted, v, amount, at=at, names=names)
    together = plan.sequence(wanted, v, amount / _SEQUENCE, _SEQUENCE, at=at, names=names)
    return {"single": [_row(one, share) for one in single], "together": [_row(one, share) for one in together]}


def _family(name: str | None) -> str:
    """Return the family whose information counts: the fitted one, or the most flexible if the data refuse them all."""
    return name if name in FAMILIES else "exgaussian"


def _candidate_levels(dataset: xr.Dataset) -> tuple[Array, Array]:
    """Return drives and potentials (24,) evenly spaced over the levels that were held."""
    drive, v = dataset["drive"].values, dataset["v_free"].values
    known = np.isfinite(drive) & np.isfinite(v)
    order = np.argsort(drive[known])
    grid = np.linspace(drive[known].min(), drive[known].max(), 24)
    return grid, np.interp(grid, drive[known][order], v[known][order])


def _of_probes(result: Result, dataset: xr.Dataset, target: str, amount: float) -> list[dict[str, Any]]:
    """Return what more probe spikes promise: errors of the kernel fall with the root of the number of cells."""
    if target not in (*KERNEL, "gain"):
        return []
    section = result.study.kernel
    spent = section.groups * section.cells_per_group * (section.duration + section.warm_up)
    share = 1.0
    if target == "gain":
        base = result.document["base"]
        plan = LevelDesign.from_counts(_counts(dataset), family=_family(base.get("family")), v_cap=base.get("v_cap"))
        share = 1 - _share(dataset, plan, target, float(dataset["measured"].sel(feature="operating_v")))
    left = 1 - share * (1 - spent / (spent + amount))
    return [{"measurement": f"probe spikes of {section.afferent}", "kind": "probe", "promised": float(np.sqrt(left))}]


def _row(addition: Addition, share: float) -> dict[str, Any]:
    left = 1 - share * (1 - addition.shrinkage**2)
    return {"measurement": addition.candidate.name, "kind": addition.candidate.kind, "promised": float(np.sqrt(left))}
