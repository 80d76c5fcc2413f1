"""From a recording of steady drives to one line per level: mean free potential, rate, and how uncertain both are."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

Array = NDArray[np.floating]

POISSON_WEIGHT = 10.0  # spikes' worth of belief that a level is Poisson, so that a silent level has a Fano factor too

_UNITS = {
    "drive": ("", "drive level"),
    "v_free": ("V", "mean free potential"),
    "v_free_se": ("V", "standard error of the mean free potential"),
    "sigma_v": ("V", "temporal standard deviation of the free potential"),
    "count": ("1", "spikes of all cells"),
    "exposure": ("s", "neuron-seconds"),
    "rate": ("Hz", "population rate"),
    "rate_se": ("Hz", "standard error of the population rate"),
    "rate_v_covariance": ("Hz V", "covariance of the errors of rate and mean free potential"),
    "fano": ("1", "Fano factor of the counts within cells"),
    "stationarity": ("1", "z score of second against first half"),
    "drift": ("1", "change of the rate from first to second half, relative to the rate"),
    "cells": ("1", "number of cells"),
}


def _fano(halves: Array) -> Array:
    """Fano factor from the halves of each cell's count, so that the spread of thresholds does not enter.

    Two halves of one cell have the same expectation: Var(n2 - n1) over the cells is twice the variance of a half.
    """
    cells = halves.shape[-1]
    if cells < 2:
        return np.ones(halves.shape[1])
    difference = halves[1] - halves[0]
    scatter = np.sum((difference - difference.mean(-1, keepdims=True)) ** 2, -1) * cells / (cells - 1)
    count = halves.sum((0, -1))
    return (scatter + POISSON_WEIGHT) / (count + POISSON_WEIGHT)


def _stationarity(halves: Array) -> tuple[Array, Array]:
    """Paired z score over the cells of second minus first half, and the relative drift."""
    difference = halves[1] - halves[0]
    total, cells = difference.sum(-1), difference.shape[-1]
    scatter = difference.var(-1, ddof=1) if cells > 1 else np.zeros_like(total)
    error = np.sqrt(np.maximum(scatter * cells, 1.0))
    return total / error, 2 * total / np.maximum(halves.sum((0, -1)), 1.0)


def _error_covariance(count: Array, v: Array, threshold: Array) -> Array:
    """Covariance of the level's total count with its mean free potential, from second differences between neighbours.

    A cell whose noise happened to depolarise it also fired more. Cells in order of threshold differ from their
    neighbours by noise alone; second differences also remove the linear part of the threshold's trend.
    """
    cells = count.shape[-1]
    if cells < 8:
        return np.zeros(count.shape[0])
    order = np.argsort(threshold, kind="stable")
    second = [np.diff(x[:, order], n=2, axis=-1) for x in (count, v)]
    return np.mean(second[0] * second[1], -1) / 6


def rate_table(recording: xr.Dataset) -> xr.Dataset:
    """Return the table of levels that a sigmoid is fitted to.

    Assumptions: cells are independent given the drive (private noise); the two halves of ``duration`` are equivalent.

    Parameters
    ----------
    recording : Dataset of a ``SteadyDrive``
        ``spike_count`` (half, level, cell), ``v_free_mean`` (level, cell; V), ``v_free_variance`` (level, cell; V2).

    Returns
    -------
    Dataset with dimension ``level``
        ``drive``, ``v_free``, ``v_free_se``, ``sigma_v`` (V), ``count``, ``exposure`` (neuron-seconds), ``rate``,
        ``rate_se`` (Hz), ``rate_v_covariance`` (Hz V), ``fano``, ``stationarity`` (z), ``drift``, ``cells``. Tables of
        several recordings concatenate along ``level``.
    """
    recording = recording.transpose("half", "level", "cell", ...)
    halves = recording["spike_count"].values.astype(float)
    v = recording["v_free_mean"].transpose("level", "cell").values
    variance = recording["v_free_variance"].transpose("level", "cell").values
    threshold = np.broadcast_to(recording["threshold"].values, (v.shape[1],))
    cells, duration = v.shape[1], float(recording.attrs["duration"])
    exposure = np.full(v.shape[0], cells * duration)
    count, fano = halves.sum((0, -1)), _fano(halves)
    stationarity, drift = _stationarity(halves)
    rate_se = np.sqrt(fano * np.maximum(count, 1.0)) / exposure
    v_se = v.std(-1, ddof=1) / np.sqrt(cells) if cells > 1 else np.zeros(v.shape[0])
    limit = 0.95 * rate_se * v_se
    covariance = np.clip(_error_covariance(halves.sum(0), v, threshold) / exposure, -limit, limit)
    columns = {
        "drive": recording["drive"].values, "v_free": v.mean(-1), "v_free_se": v_se,
        "sigma_v": np.sqrt(variance.mean(-1)),
        "count": count, "exposure": exposure, "rate": count / exposure, "rate_se": rate_se,
        "rate_v_covariance": covariance, "fano": fano, "stationarity": stationarity, "drift": drift,
        "cells": np.full(v.shape[0], cells),
    }  # fmt: skip
    return _dataset(columns, recording)


def _dataset(columns: dict[str, Array], recording: xr.Dataset) -> xr.Dataset:
    table = xr.Dataset({name: ("level", values) for name, values in columns.items()}, attrs=dict(recording.attrs))
    for name, (unit, long_name) in _UNITS.items():
        table[name].attrs = {"units": unit, "long_name": long_name}
    table["drive"].attrs["units"] = recording["drive"].attrs.get("units", "")
    return table


def merge_tables(*tables: xr.Dataset) -> xr.Dataset:
    """Return one table of all levels, in order of mean free potential."""
    return xr.concat(tables, dim="level", combine_attrs="drop_conflicts").sortby("v_free")
