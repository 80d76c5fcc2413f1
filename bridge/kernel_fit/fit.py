"""``fit_kernel``: from the responses to probe spikes to a kernel with intervals, or a refusal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ...meanfield.kernels import Kernel, TabulatedKernel
from ..estimate import Estimate, EstimateRefused
from ..replicates import jackknife_covariance, jackknife_values
from .choice import GroupFits, KernelCriteria, choose, compare, deleted_means, fit_groups
from .families import KERNEL_FAMILIES, PARAMETER_UNITS, KernelFamily
from .linearity import size_ratio
from .waveform import from_onset, measured_features

Array = NDArray[np.floating]

FEWEST_GROUPS = 3
LONG_TAIL = 0.02
POOR_MISFIT = 0.02
SIGNAL_TO_NOISE = 5.0


@dataclass(frozen=True)
class KernelEstimate:
    """A kernel estimated from the responses to probe spikes.

    Parameters
    ----------
    family : str
        Name of the chosen family, or ``"tabulated"`` when none describes the response.
    kernel : Kernel
        The fitted kernel; tabulated it is the measured response itself.
    parameters : dict of str to Estimate
        The family's parameters; none of a table.
    covariance : (p, p) array
        Covariance of ``parameters`` over the groups, SI; of a table that of the measured area and mean lag.
    features : dict of str to Estimate
        Features of the measured response; only the part after the window is taken from the fit.
    fitted_features : dict of str to float
        Features of ``kernel``.
    criteria : dict of str to KernelCriteria
        How well every family tried fits.
    tail_time_constant : float
        Decay after the window, s.
    tail_share : float
        Share of the area that lies after the window, 1.
    super_additivity, linearity : dict of str to Estimate
        Ratio of the responses to 2 and 1, and to 1 and 1/2 probes, divided by 2: ``peak`` and ``area``; empty where the
        recording lacks the sizes.
    operating_v : Estimate
        Mean free potential at which the kernel holds, V.
    warnings : tuple of str
        What a reader of the numbers must know.
    time, response, response_se : (n,) array
        Time after the spike (s), mean response over the groups per unit size, and its standard error (V).
    """

    family: str
    kernel: Kernel
    parameters: dict[str, Estimate]
    covariance: Array
    features: dict[str, Estimate]
    fitted_features: dict[str, float]
    criteria: dict[str, KernelCriteria]
    tail_share: float
    tail_time_constant: float
    super_additivity: dict[str, Estimate]
    linearity: dict[str, Estimate]
    operating_v: Estimate
    warnings: tuple[str, ...]
    time: Array
    response: Array
    response_se: Array


def fit_kernel(
    response: xr.Dataset, *, families: Literal["auto"] | Sequence[str] = "auto", size: float = 1.0, level: float = 0.95
) -> KernelEstimate:
    """Estimate the kernel from the responses to probe spikes.

    Source: golub1973 (the fit); hastie2009, Sec. 7.10 (the choice).
    Assumptions: groups are independent; the response of one size is proportional to the spike (checked by
    ``linearity``). The errors are those between groups; the integration error of the simulation, of the order of its
    step, is not in them.

    Parameters
    ----------
    response : Dataset of ``ProbeSpikes``
        ``response`` (size, group, time; V, not divided by the size) and ``v_free`` (group; V).
    families : "auto" or sequence of str
        Families to try: alpha, biexponential, gamma, cascade (three stages), mixture (a fast cascade and a slow one
        with a membrane in common). The smallest that predicts left-out groups as well as the best is taken.
    size : float
        Probe size to fit.
    level : float
        Confidence level of all intervals.

    Raises
    ------
    EstimateRefused
        If there are fewer than 3 groups or the response does not stand out of its noise.
    """
    time = response["time"].values.astype(float)
    groups = response["response"].sel(size=size).transpose("group", "time").values / size
    _refuse_unless_sound(groups, response)
    mean, error = groups.mean(0), groups.std(0, ddof=1) / np.sqrt(groups.shape[0])
    wanted = list(KERNEL_FAMILIES) if families == "auto" else list(families)
    rough = _rough_moments(time, mean)
    fits = {name: fit_groups(_family(name), time, groups, mean_lag=rough[0], sd=rough[1]) for name in wanted}
    criteria = compare(fits)
    chosen = choose(criteria)
    tau = fits[chosen].full.family.slowest(fits[chosen].full.point)
    features, tail, missing = _features(time, groups, tau, level)
    noise = float(np.sqrt(np.mean(error**2) / np.mean(mean**2)))
    poor = families == "auto" and criteria[chosen].misfit > max(POOR_MISFIT, 3 * noise)
    kernel = _table(time, mean) if poor else fits[chosen].full.kernel
    return KernelEstimate(
        family="tabulated" if poor else chosen,
        kernel=kernel,
        parameters={} if poor else _parameters(fits[chosen], level),
        covariance=_moment_covariance(time, groups, tau) if poor else _covariance(fits[chosen]),
        features=features,
        fitted_features={name: e.value for name, e in features.items()} if poor else kernel.features(),
        criteria=criteria,
        tail_share=tail,
        tail_time_constant=tau,
        super_additivity=_ratio(response, size, 2 * size, tau, level),
        linearity=_ratio(response, size / 2, size, tau, level),
        operating_v=_operating_v(response, level),
        warnings=tuple(_warnings(chosen, criteria[chosen], poor, tail, missing)),
        time=time,
        response=mean,
        response_se=error,
    )


def _table(time: Array, response: Array) -> TabulatedKernel:
    return TabulatedKernel(*(np.asarray(x, dtype=float) for x in from_onset(time, response)))


def _family(name: str) -> KernelFamily:
    if name not in KERNEL_FAMILIES:
        raise ValueError(f"families: {name!r} is not one of {', '.join(KERNEL_FAMILIES)}.")
    return KERNEL_FAMILIES[name]


def _refuse_unless_sound(groups: Array, response: xr.Dataset) -> None:
    if groups.shape[0] < FEWEST_GROUPS:
        raise EstimateRefused(
            f"Too few groups: {groups.shape[0]}, at least {FEWEST_GROUPS} are needed; split the cells further.",
            response,
        )
    mean = groups.mean(0)
    peak = int(np.argmax(np.abs(mean)))
    errors = groups.std(0, ddof=1) / np.sqrt(groups.shape[0])
    # The largest of many samples of mere noise often stands where its few groups agree: hence the mean error too.
    error = float(max(errors[peak], np.sqrt(np.mean(errors**2))))
    if not np.all(np.isfinite(groups)) or abs(mean[peak]) <= SIGNAL_TO_NOISE * error or mean[peak] == 0:
        raise EstimateRefused(
            f"No response: the largest deflection is {mean[peak]:.2g} V with a standard error of {error:.2g} V, at "
            f"least {SIGNAL_TO_NOISE:.0f} times the error is needed; use more cells or another afferent.",
            response,
        )


def _rough_moments(time: Array, mean: Array) -> tuple[float, float]:
    """Return mean lag and spread (s) of the rectified response, as a starting point only."""
    weight = np.maximum(mean * np.sign(mean[np.argmax(np.abs(mean))]), 0.0)
    lag = float(weight @ time / weight.sum())
    return lag, float(np.sqrt(weight @ (time - lag) ** 2 / weight.sum()))


def _features(time: Array, groups: Array, tau: float, level: float) -> tuple[dict[str, Estimate], float, set[str]]:
    """Return the measured features with jackknife errors, the tail's share, and the features that do not exist."""
    full, tail = measured_features(time, groups.mean(0), tau)
    deleted = [measured_features(time, rest, tau)[0] for rest in deleted_means(groups)]
    common = {name: value for name, value in full.items() if all(name in one for one in deleted)}
    return jackknife_values(common, deleted, level=level), tail, {"sd", "cutoff_frequency"} - set(common)


def _parameters(fits: GroupFits, level: float) -> dict[str, Estimate]:
    found = jackknife_values(fits.full.parameters, [fit.parameters for fit in fits.deleted], level=level)
    return {
        name: Estimate(e.value, e.standard_error, e.interval, PARAMETER_UNITS.get(name, "s"), level, e.n_effective)
        for name, e in found.items()
    }


def _covariance(fits: GroupFits) -> Array:
    return jackknife_covariance([list(fit.parameters.values()) for fit in fits.deleted])


def _moment_covariance(time: Array, groups: Array, tau: float) -> Array:
    """Return the covariance of the measured area (V s) and mean lag (s)."""
    deleted = [measured_features(time, rest, tau)[0] for rest in deleted_means(groups)]
    return jackknife_covariance([[one["area"], one["mean_lag"]] for one in deleted])


def _ratio(response: xr.Dataset, small: float, large: float, tau: float, level: float) -> dict[str, Estimate]:
    sizes = response["size"].values
    if not all(np.any(np.isclose(sizes, s)) for s in (small, large)):
        return {}
    return size_ratio(response, small, large, tau, level=level)


def _operating_v(response: xr.Dataset, level: float) -> Estimate:
    v = response["v_free"].values
    deleted = [{"operating_v": float(one)} for one in (v.sum() - v) / (v.size - 1)]
    return jackknife_values({"operating_v": float(v.mean())}, deleted, level=level)["operating_v"]


def _warnings(chosen: str, criteria: KernelCriteria, poor: bool, tail: float, missing: set[str]) -> list[str]:
    said = []
    if poor:
        said.append(
            f"No family describes the response (best: {chosen}, misfit {100 * criteria.misfit:.1f} %); it is a table."
        )
    elif criteria.misfit > POOR_MISFIT:
        said.append(f"The {chosen} kernel misses the response by {100 * criteria.misfit:.1f} % (rms).")
    if abs(tail) > LONG_TAIL:
        said.append(f"{100 * tail:.1f} % of the area lies after the window and comes from the fit; record longer.")
    if "sd" in missing:
        said.append("The response changes sign so strongly that its variance is negative; sd is not given.")
    if "cutoff_frequency" in missing:
        said.append("The response has no -3 dB frequency in the sampled band.")
    return said
