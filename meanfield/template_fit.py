"""The transfer-function template fitted to a measured rate surface."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erfcinv, xlogy

from ..units import takes
from .conductance_input import ConductanceCell, MembraneMoments
from .transfer_template import COEFFICIENTS, TransferTemplate, template_rate, threshold_terms

Array = NDArray[np.floating]

_SATURATION = 0.5  # of 1/tau_V: beyond it the template saturates, and the cell does not
_SMALLEST_RATE = 1e-12  # Hz


@dataclass(frozen=True, kw_only=True)
class TemplateFit:
    """A fitted template and how well it holds; ``print`` says it in one sentence.

    ``template`` the result; ``used`` which points were fitted; ``silent`` and ``saturated`` how many were dropped, with
    less than one expected spike or more than 0.5/tau_V; ``rms_error`` and ``largest_error`` over the used points, Hz;
    ``deviance_ratio`` Poisson deviance over degrees of freedom, 1 when the template is right and the exposure true;
    ``condition`` ratio of the largest to the smallest singular value of the weighted design, 1: large means sloppy
    coefficients; ``fitted`` the surface, Hz.
    """

    template: TransferTemplate
    used: NDArray[np.bool_]
    silent: int
    saturated: int
    rms_error: float
    largest_error: float
    deviance_ratio: float
    condition: float
    fitted: Array

    def __str__(self) -> str:
        """Return the report as one sentence."""
        return (
            f"Fitted {int(self.used.sum())} of {self.used.size} points (dropped {self.silent} with less than one spike "
            f"and {self.saturated} above {_SATURATION}/tau_V): rms error {self.rms_error:.3g} Hz, largest "
            f"{self.largest_error:.3g} Hz, deviance per degree of freedom {self.deviance_ratio:.3g}."
        )


def _selected(moments: MembraneMoments, indices: NDArray[np.bool_]) -> MembraneMoments:
    shape = moments.mu_v.shape
    return MembraneMoments(*(np.broadcast_to(array, shape)[indices] for array in moments))


def _deviance(measured: Array, fitted: Array, exposure: Array) -> float:
    """Return twice the log-likelihood lost against a model that hits every point."""
    safe = np.maximum(fitted, _SMALLEST_RATE)
    return max(0.0, float(2 * np.sum(exposure * (safe - measured + xlogy(measured, measured / safe)))))


def _design(moments: MembraneMoments, terms: Array, coefficients: Array, exposure: Array) -> tuple[Array, Array]:
    """Return rates and the Poisson-weighted derivative by the coefficients, (points, 10)."""
    distance = (terms @ coefficients - moments.mu_v) / moments.sigma_v
    fitted = np.maximum(template_rate(moments, terms @ coefficients), _SMALLEST_RATE)
    slope = -np.exp(-(distance**2) / 2) / (np.sqrt(2 * np.pi) * moments.sigma_v * moments.tau_v)
    return fitted, (np.sqrt(exposure / fitted) * slope)[:, None] * terms


def _refined(
    moments: MembraneMoments, terms: Array, start: Array, measured: Array, exposure: Array
) -> tuple[Array, float]:
    """Return the coefficients of highest Poisson likelihood, by Fisher scoring, and the condition of the design."""
    coefficients, condition = start, np.inf
    best = _deviance(measured, template_rate(moments, terms @ coefficients), exposure)
    for _ in range(100):
        fitted, design = _design(moments, terms, coefficients, exposure)
        scale = np.linalg.norm(design, axis=0)
        step, _, _, singular = np.linalg.lstsq(
            design / scale, np.sqrt(exposure / fitted) * (measured - fitted), rcond=1e-13
        )
        condition = float(singular[0] / singular[-1])
        gained = 0.0
        for halvings in range(30):
            tried = coefficients + step / scale / 2**halvings
            deviance = _deviance(measured, template_rate(moments, terms @ tried), exposure)
            if deviance < best:
                gained, best, coefficients = best - deviance, deviance, tried
                break
        if gained <= 1e-10 * max(best, 1e-6):
            break
    return coefficients, condition


@takes(rates="Hz", rate_surface="Hz", exposure="s", current="A")
def fit_transfer_template(
    cell: ConductanceCell,
    rates: ArrayLike,
    rate_surface: ArrayLike,
    *,
    exposure: ArrayLike,
    current: ArrayLike = 0.0,
    source: str = "fitted",
) -> TemplateFit:
    """Return the template that describes a measured rate surface best.

    Source: zerlaut2018; the rate surface is inverted to effective thresholds, which are linear in the coefficients,
    and the result refined on the rates themselves with Poisson weights.
    Assumptions: spike counts are Poisson, or at least their variance is proportional to their mean.

    Parameters
    ----------
    cell : ConductanceCell
        Whose surface it is.
    rates : (..., n) array
        Rate of one afferent of each synapse type, Hz.
    rate_surface : (...) array
        Measured stationary rates, Hz.
    exposure : (...) array
        Cells times duration behind each rate, s.
    current : (...) array
        Injected current, A.
    source : str
        Noted in the template.

    Returns
    -------
    TemplateFit
        The template, its box (the range of the given rates) and its errors.

    Raises
    ------
    ValueError
        If fewer different points than coefficients can be used, numbers are not finite, or the cell has no ``spiking``.
    """
    single, surface = np.asarray(rates, dtype=float), np.asarray(rate_surface, dtype=float)
    _check_measured(cell, surface, np.asarray(exposure, dtype=float))
    moments = cell.moments(single, current)
    shape = np.broadcast_shapes(surface.shape, moments.mu_v.shape)
    surface, seconds = np.broadcast_to(surface, shape), np.broadcast_to(np.asarray(exposure, dtype=float), shape)
    moments = MembraneMoments(*(np.broadcast_to(array, shape) for array in moments))
    silent, saturated = surface * seconds < 1, surface * moments.tau_v > _SATURATION
    used = ~silent & ~saturated & (moments.sigma_v > 0)
    if used.sum() <= len(COEFFICIENTS):
        raise ValueError(
            f"fit_transfer_template: {int(used.sum())} of {used.size} points can be used ({int(silent.sum())} have "
            f"less than one spike, {int(saturated.sum())} exceed {_SATURATION}/tau_V), but more than "
            f"{len(COEFFICIENTS)} are needed; record more points where the cell fires at a moderate rate."
        )
    _check_distinct(single, current, used)
    coefficients, condition = _fitted_coefficients(cell, _selected(moments, used), surface[used], seconds[used])
    axes = tuple(range(single.ndim - 1))
    template = TransferTemplate(
        cell=cell,
        coefficients=tuple(coefficients),
        lowest=tuple(single.min(axis=axes)),
        highest=tuple(single.max(axis=axes)),
        source=source,
    )
    fitted = template.rate_at(moments, cell=cell)
    error = fitted[used] - surface[used]
    freedom = int(used.sum()) - len(COEFFICIENTS)
    return TemplateFit(
        template=template,
        used=used,
        silent=int(silent.sum()),
        saturated=int((saturated & ~silent).sum()),
        rms_error=float(np.sqrt(np.mean(error**2))),
        largest_error=float(np.abs(error).max()),
        deviance_ratio=_deviance(surface[used], fitted[used], seconds[used]) / freedom,
        condition=condition,
        fitted=fitted,
    )


def _check_measured(cell: ConductanceCell, surface: Array, exposure: Array) -> None:
    for name, values, unit in (("rate_surface", surface, "Hz"), ("exposure", exposure, "s")):
        if not np.all((values >= 0) & (values < np.inf)):
            raise ValueError(
                f"fit_transfer_template: {name} holds a number that is negative or not finite; leave that point out or "
                f"give it in {unit}."
            )
    if not cell.spiking:
        raise ValueError(
            "fit_transfer_template: cell.spiking is empty, so that the fit could not be told from that of "
            "another cell; give threshold, reset and what else decides when the cell fires."
        )


def _check_distinct(rates: Array, current: ArrayLike, used: NDArray[np.bool_]) -> None:
    """Raise ``ValueError`` unless more points than coefficients differ in their input."""
    single = np.broadcast_to(rates, (*used.shape, rates.shape[-1]))[used]
    injected = np.broadcast_to(np.asarray(current, dtype=float), used.shape)[used]
    inputs = np.column_stack([single, injected])
    distinct = np.unique(inputs, axis=0).shape[0]
    if distinct < len(COEFFICIENTS):
        raise ValueError(
            f"fit_transfer_template: the {inputs.shape[0]} points that can be used hold {distinct} different inputs, "
            f"but {len(COEFFICIENTS)} coefficients are to be found; record the cell at more rates."
        )


def _fitted_coefficients(
    cell: ConductanceCell, moments: MembraneMoments, surface: Array, exposure: Array
) -> tuple[Array, float]:
    terms = threshold_terms(moments, cell.leak_time_constant)
    thresholds = moments.mu_v + np.sqrt(2) * moments.sigma_v * erfcinv(2 * moments.tau_v * surface)
    start = np.linalg.lstsq(terms, thresholds, rcond=None)[0]
    return _refined(moments, terms, start, surface, exposure)
