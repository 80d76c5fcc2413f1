"""Tables of rate, mean potential and response times over mean input and noise, for one exponential cell."""

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from ..units import takes
from .eif_response import stationary_cells
from .exponential_cell import ExponentialCell, Given
from .response_time import OUTCOMES, ResponseContour, response_contour, response_times

Array = NDArray[np.floating]

_FINER = 4

_DESCRIPTIONS = {
    "rate": ("Hz", "stationary rate"),
    "mean_v": ("V", "mean potential, at the reset while refractory"),
    "slope_mu": ("Hz/V", "slope of the rate in the mean free potential"),
    "slope_sigma": ("Hz/V", "slope of the rate in the noise amplitude"),
    "tau_mu": ("s", "response time of the rate to its mean input"),
    "tau_sigma": ("s", "response time of the rate to its noise"),
    "tau_mu_outcome": ("1", "what became of the fit of tau_mu"),
    "tau_sigma_outcome": ("1", "what became of the fit of tau_sigma"),
}


def _axis(name: str, values: ArrayLike) -> np.ndarray:
    axis = np.asarray(values, dtype=float)
    if axis.ndim != 1 or axis.size < 2 or not np.all(np.diff(axis) > 0):
        raise ValueError(
            f"rate_response_table: {name} of shape {axis.shape} must be one rising list of at least 2 values, in V."
        )
    return axis


@takes(mu="V", sigma="V", highest_frequency="Hz")
def rate_response_table(
    cell: ExponentialCell,
    mu: ArrayLike,
    sigma: ArrayLike,
    *,
    highest_frequency: Given = 1000.0,
    size: int = 2000,
) -> xr.Dataset:
    """Return rate, mean potential, slopes and response times of a cell over a grid of mean input and noise.

    Source: augustin2017; richardson2007 (the method).
    Assumptions: those of `eif_response` and `eif_response_times`. The work is spread over all processors.

    A table is of one cell, to which it stays bound. Several cells are a list of tables,
    ``[rate_response_table(cell, mu, sigma) for cell in cells]``; at single operating points `eif_rate`, `eif_response`
    and `eif_response_times` take arrays of cell parameters.

    Parameters
    ----------
    cell : ExponentialCell
        The one cell; its parameters become attributes of the table, by which a table refuses another cell.
    mu : (n_mu,) array
        Rising mean free potentials, V.
    sigma : (n_sigma,) array
        Rising canonical noise amplitudes, V.
    highest_frequency : float
        Up to where responses are fitted, Hz.
    size : int
        Number of voltage steps of the responses; the error falls with its square.

    Returns
    -------
    xarray.Dataset
        Over ``mu`` and ``sigma``: ``rate``, ``mean_v``, ``slope_mu``, ``slope_sigma``, ``tau_mu``, ``tau_sigma``, and
        for each fit a flag whose meanings stand in its attributes. Nothing is missing: silent cells respond too, in
        proportion to their rate.

    Raises
    ------
    ValueError
        If the cell is not one cell, an axis does not rise, the noise is not positive, or the steps are too wide for it.
    """
    if not isinstance(cell, ExponentialCell):
        raise ValueError(
            f"rate_response_table: cell is a {type(cell).__name__}, but a table is of one ExponentialCell; make a list "
            "of tables for several."
        )
    mu_axis, sigma_axis = _axis("mu", mu), _axis("sigma", sigma)
    contour = response_contour(float(highest_frequency))
    means, noises = (a.ravel() for a in np.meshgrid(mu_axis, sigma_axis, indexing="ij"))
    columns = table_columns(cell, means, noises, contour, size)
    table = xr.Dataset(
        {
            name: (("mu", "sigma"), np.reshape(values, (mu_axis.size, sigma_axis.size)), _attributes(name))
            for name, values in columns.items()
        },
        coords={
            "mu": ("mu", mu_axis, {"units": "V", "long_name": "mean free potential"}),
            "sigma": ("sigma", sigma_axis, {"units": "V", "long_name": "canonical noise amplitude"}),
        },
        attrs={**cell.parameters, "highest_frequency": contour.highest, "steps": size},
    )
    return table


def table_columns(
    cell: ExponentialCell, mu: Array, sigma: Array, contour: ResponseContour, size: int
) -> dict[str, NDArray[np.number]]:
    """Return the columns of a table at operating points (n,).

    Rates and means take no frequencies and hardly any time, so that they are given four times as many steps.
    """
    laplace = np.concatenate([[0j], contour.laplace])
    still = stationary_cells(cell, mu, sigma, laplace[:0], _FINER * size, "rate_response_table")
    moved = stationary_cells(cell, mu, sigma, laplace, size, "rate_response_table")
    rate = np.exp(still.log_rate)
    slopes = rate[:, None] * moved.relative_response[:, :, 0].real
    times = response_times(moved.relative_response, contour, cell.tau_m)
    columns = (rate, still.mean_potential, slopes[:, 0], slopes[:, 1], *times)
    return dict(zip(_DESCRIPTIONS, columns, strict=True))


def _attributes(name: str) -> dict[str, object]:
    units, long_name = _DESCRIPTIONS[name]
    facts: dict[str, object] = {"units": units, "long_name": long_name}
    if name.endswith("outcome"):
        facts["flag_values"] = list(range(len(OUTCOMES)))
        facts["flag_meanings"] = " ".join(outcome.name.lower() for outcome in OUTCOMES)
        facts["comment"] = " ".join(f"{i}: {outcome.value}" for i, outcome in enumerate(OUTCOMES))
    return facts
