"""``fit_sigmoid``: from a table of levels to a sigmoid with intervals, or a refusal."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ...meanfield.sigmoids import Sigmoid, capped
from ..estimate import FEATURE_UNITS, Estimate, symmetric_estimate
from .criteria import FamilyCriteria, judge
from .families import FAMILIES, Family, refractory_family
from .features import FeatureView
from .likelihood import CountData, Maximum, Problem, fit_family
from .profile import ProfileFailed, feature_interval, parameter_intervals
from .refusals import refuse_unless_sound
from .sigmoid_estimate import QMaxDefinition, SigmoidEstimate
from .smooth import fit_tabulated
from .starts import starting_points

Array = NDArray[np.float64]
FamilyName = Literal["auto", "exgaussian", "richards", "gaussian", "logistic", "refractory", "tabulated"]

REACHED = 0.8
CLEARLY_BETTER = 2.0


@dataclass(frozen=True)
class _Fitted:
    """One family at its maximum, with its criteria."""

    best: Maximum
    problem: Problem
    criteria: FamilyCriteria


def _families(name: FamilyName, q_max: float | None, constants: tuple[float, float, float] | None) -> dict[str, Family]:
    """Return the families to fit, with q_max fixed where it is known."""
    known = {family: replace(FAMILIES[family], fixed_q_max=q_max) for family in FAMILIES}
    if constants is not None:
        known["refractory"] = refractory_family(*constants)
    if name == "auto":
        return known
    if name not in known:
        raise ValueError(
            f"family: {name!r} is not one of {', '.join(['auto', *known, 'tabulated'])}, or its constants are missing."
        )
    return {name: known[name]}


def _fit_all(families: dict[str, Family], data: CountData) -> dict[str, _Fitted]:
    """Fit every family; they share the dispersion of the first, so that their deviances compare."""
    fitted: dict[str, _Fitted] = {}
    dispersion = None
    for name, family in families.items():
        best, problem = fit_family(family, data, starting_points(family, data), dispersion)
        dispersion = problem.dispersion
        fitted[name] = _Fitted(best, problem, judge(problem, best, held_out=len(families) > 1))
    return fitted


def _choose(fitted: dict[str, _Fitted]) -> str:
    """Choose the family: the exponentially modified Gaussian unless another with a shape of its own is clearly better.

    The symmetric families are fitted as a test of symmetry but never chosen here: they would report a skew of exactly 0
    with no error, where the data only say that it is small.
    """
    default = next(iter(fitted))
    rivals = [name for name in fitted if name not in {"gaussian", "logistic", default}]
    best = min(rivals, key=lambda name: fitted[name].criteria.qaicc, default=default)
    ours, theirs = fitted[default].criteria, fitted[best].criteria
    better = theirs.qaicc < ours.qaicc - CLEARLY_BETTER and theirs.held_out < ours.held_out
    return best if better else default


def fit_sigmoid(
    table: xr.Dataset,
    *,
    family: FamilyName = "auto",
    q_max: Literal["auto"] | QMaxDefinition = "auto",
    refractory_period: float | None = None,
    membrane_time_constant: float | None = None,
    reset_distance: float | None = None,
    v_cap: float | None = None,
    tolerance: float = 0.0,
    level: float = 0.95,
    intervals: Literal["profile", "wald", "none"] = "profile",
) -> SigmoidEstimate:
    """Estimate the population sigmoid from a table of levels by quasi-likelihood.

    Source: mccullagh1989, ch. 9 (quasi-likelihood); burnham2002 (QAICc).
    Assumptions: levels are independent; the variance of a level's count is its Fano factor times its mean; the rate is
    one function of the mean free potential. Errors of the measured potential, which go along with those of the count,
    are carried by the delta method.

    Parameters
    ----------
    table : Dataset
        What ``rate_table`` returns.
    family : str
        ``"auto"`` takes the exponentially modified Gaussian unless the Richards or refractory family fits clearly
        better (QAICc and held-out levels), and a monotone smooth if the data reject all of them.
    q_max : str
        ``"fitted"`` the family's asymptote, ``"at_cap"`` the rate at ``v_cap``, ``"refractory"``
        1/``refractory_period``; ``"auto"`` the asymptote where the data reach 0.8 of it, else the rate at the cap.
    refractory_period, membrane_time_constant, reset_distance : float, optional
        Constants of the cell (s, s, V); all three admit the refractory family.
    v_cap : float, optional
        Potential at which q_max is read, V; the highest measured one by default.
    tolerance : float
        Misfit (rms residual over the highest rate) up to which ``"auto"`` keeps a family that long runs reject, with
        its variances raised; 0 takes the monotone smooth whenever all are rejected.
    level : float
        Confidence level of all intervals.
    intervals : str
        ``"profile"`` likelihood, ``"wald"`` (delta method), or ``"none"`` for resampling, where replicates give the
        error.

    Returns
    -------
    SigmoidEstimate

    Raises
    ------
    EstimateRefused
        If the table cannot carry a sigmoid; the reason says why.
    """
    refuse_unless_sound(table)
    table = table.sortby("v_free")
    data = CountData.from_table(table)
    if q_max == "refractory" and refractory_period is None:
        raise ValueError("q_max: 'refractory' needs refractory_period (s); give it or choose 'fitted'.")
    fixed = 1.0 / refractory_period if q_max == "refractory" and refractory_period else None
    cap = float(data.v.max()) if v_cap is None else v_cap
    if family == "tabulated":
        return fit_tabulated(table, {}, v_cap=cap, level=level, errors=intervals != "none")
    constants = _constants(refractory_period, membrane_time_constant, reset_distance)
    fitted = _fit_all(_families(family, fixed, constants), data)
    criteria = {name: found.criteria for name, found in fitted.items()}
    chosen = _choose(fitted)
    if family == "auto" and fixed is None and all(c.rejected and c.misfit > tolerance for c in criteria.values()):
        return fit_tabulated(table, criteria, v_cap=cap, level=level, errors=intervals != "none")
    found = fitted[chosen]
    definition = _definition(q_max, found, data)
    view = FeatureView(found.problem.family, cap if definition == "at_cap" else None)
    features, failures = _features(found, view, level, intervals)
    return SigmoidEstimate(
        family=chosen,
        sigmoid=_curve(found, view),
        parameters={} if intervals == "none" else _parameters(found, level),
        features=features,
        working_point=found.best.psi,
        covariance=found.best.covariance * found.criteria.dispersion,
        criteria=criteria,
        q_max_definition=definition,
        v_cap=view.v_cap,
        extrapolated=_top_rate(data) < REACHED * features["q_max"].value,
        warnings=(*_warnings(found, chosen, definition, data, table, refractory_period), *failures),
        table=table,
        definition=found.problem.family,
        level=level,
    )


def _constants(*values: float | None) -> tuple[float, float, float] | None:
    given = [value for value in values if value is not None]
    return (given[0], given[1], given[2]) if len(given) == 3 else None


def _top_rate(data: CountData) -> float:
    return float(np.max(data.count / data.exposure))


def _definition(wanted: Literal["auto"] | QMaxDefinition, found: _Fitted, data: CountData) -> QMaxDefinition:
    if wanted != "auto":
        return wanted
    return "fitted" if _top_rate(data) >= REACHED * np.exp(found.best.psi[0]) else "at_cap"


def _curve(found: _Fitted, view: FeatureView) -> Sigmoid:
    sigmoid = found.problem.family.build(found.best.psi)
    return sigmoid if view.v_cap is None else capped(sigmoid, view.v_cap)


def _features(
    found: _Fitted, view: FeatureView, level: float, intervals: str
) -> tuple[dict[str, Estimate], tuple[str, ...]]:
    """Return every feature with its interval, and a sentence for every profile that could not be followed."""
    best, covariance = found.best, found.best.covariance * found.criteria.dispersion
    spikes = float(np.sum(found.problem.data.count / found.problem.dispersion))
    estimates, failures = {}, []
    for name, (value, gradient) in view.all(best.psi).items():
        error = float(np.sqrt(max(gradient @ covariance @ gradient, 0.0)))
        estimate = symmetric_estimate(value, error, FEATURE_UNITS[name], level=level, n_effective=spikes)
        if intervals == "profile" and error > 0:
            try:
                ends = feature_interval(found.problem, best, view, name, level, found.criteria.dispersion)
                estimate = Estimate(value, error, ends, FEATURE_UNITS[name], level, spikes)
            except ProfileFailed as failed:
                failures.append(f"The interval of {name} is a Wald interval: {failed}.")
        estimates[name] = estimate
    return estimates, tuple(failures)


def _parameters(found: _Fitted, level: float) -> dict[str, Estimate]:
    family, best = found.problem.family, found.best
    values = family.parameters(best.psi)
    intervals = parameter_intervals(found.problem, best, level, found.criteria.dispersion)
    return {
        name: Estimate(values[name], error, ends, family.units[name], level)
        for name, (ends, error) in intervals.items()
    }


def _warnings(
    found: _Fitted, chosen: str, definition: str, data: CountData, table: xr.Dataset, refractory_period: float | None
) -> list[str]:
    """Return sentences on what limits the estimate."""
    said = []
    criteria, asymptote = found.criteria, float(np.exp(found.best.psi[0]))
    if criteria.rejected:
        said.append(
            f"The data reject the {chosen} family (p = {criteria.p_value:.1e}, misfit {100 * criteria.misfit:.1f} % of "
            f"the highest rate); variances are raised {criteria.dispersion:.1f}-fold."
        )
    if not found.best.converged:
        said.append(
            f"The search for the best {chosen} sigmoid stopped before it settled; the data hardly determine it."
        )
    bounds = found.problem.family.shape_bounds
    if bounds is not None and not bounds[0] < found.best.psi[3] < bounds[1]:
        said.append(f"The shape of the {chosen} sigmoid is at its bound; another family may describe the data.")
    if _top_rate(data) < REACHED * asymptote and definition != "at_cap":
        said.append(f"q_max = {asymptote:.4g} Hz is extrapolated: the data reach {_top_rate(data):.4g} Hz.")
    if refractory_period and asymptote > 1.05 / refractory_period:
        said.append(
            f"The fitted asymptote {asymptote:.4g} Hz exceeds the refractory limit {1 / refractory_period:.4g} Hz."
        )
    drifting = int(np.sum(np.abs(table["stationarity"].values) > 4))
    if drifting:
        said.append(f"{drifting} levels drift by less than 5 % but significantly; a longer warm-up would remove it.")
    return said
