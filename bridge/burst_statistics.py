"""From recorded spikes, events and bursts to rates and burst probabilities with their errors.

Cells are independent given the drive, and whole cells are the unit of resampling: the error of a ratio of two counts
follows from how both scatter together over the cells.
"""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

Array = NDArray[np.float64]


def burst_table(recording: xr.Dataset) -> xr.Dataset:
    """Return event rate, burst rate, spike rate and burst probability with standard errors, without the cell dimension.

    An event is a spike without another one in the window before it, a burst an event followed by a spike within it.
    Source: naud2018.

    Parameters
    ----------
    recording : Dataset of a ``CurrentGrid`` or of a ``SteadyDrive`` with a ``burst_window``
        ``spike_count``, ``event_count``, ``burst_count`` with a dimension ``cell``; attribute ``duration`` (s).

    Returns
    -------
    Dataset
        ``event_rate``, ``burst_rate``, ``spike_rate`` (Hz), ``burst_probability`` and ``spikes_per_burst`` (1), each
        with its ``..._se``; what has no events has a probability of nan.

    Raises
    ------
    ValueError
        If bursts were not counted, or there is one cell only.
    """
    if "burst_count" not in recording:
        raise ValueError("burst_table: no bursts were counted; give the experiment a burst_window.")
    if recording.sizes["cell"] < 2:
        raise ValueError("burst_table: 1 cell has no scatter; simulate at least 2.")
    spikes = recording["spike_count"].sum("half").astype(float)
    events, bursts = (recording[name].astype(float) for name in ("event_count", "burst_count"))
    exposure = xr.ones_like(spikes) * float(recording.attrs["duration"])
    table = {
        **_ratio("event_rate", events, exposure, "Hz", "events per second"),
        **_ratio("burst_rate", bursts, exposure, "Hz", "bursts per second"),
        **_ratio("spike_rate", spikes, exposure, "Hz", "spikes per second"),
        **_ratio("burst_probability", bursts, events, "1", "bursts per event"),
        **_ratio("spikes_per_burst", spikes - events + bursts, bursts, "1", "spikes of a burst"),
    }
    return xr.Dataset(table, attrs=dict(recording.attrs))


def _ratio(name: str, above: xr.DataArray, below: xr.DataArray, unit: str, words: str) -> dict[str, xr.DataArray]:
    """Return the ratio of two sums over cells, and its standard error from the scatter of the cells' residuals."""
    cells = above.sizes["cell"]
    total = below.sum("cell")
    ratio = (above.sum("cell") / total.where(total > 0)).rename(name)
    residual = above - ratio * below
    squares: xr.DataArray = (residual**2).sum("cell", skipna=False) * (cells / (cells - 1))
    error = squares**0.5 / total.where(total > 0)
    ratio.attrs = {"units": unit, "long_name": words}
    error.attrs = {"units": unit, "long_name": f"standard error of {words}"}
    return {name: ratio, f"{name}_se": error}


def slope_of(drive: Array, response: Array, error: Array | None = None) -> tuple[float, float]:
    """Return the slope of a straight line through a response, and its standard error.

    Parameters
    ----------
    drive, response : (n,) array
    error : (n,) array, optional
        Standard errors of the response; without them all points count alike.
    """
    weights: Any = None if error is None else 1 / np.maximum(error, 1e-12)
    line, covariance = np.polyfit(drive, response, 1, w=weights, cov="unscaled" if error is not None else True)
    return float(line[0]), float(np.sqrt(covariance[0, 0]))
