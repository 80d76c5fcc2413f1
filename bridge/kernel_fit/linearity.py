"""Is the response proportional to the probe? Ratios of responses to two probe sizes, with errors over the groups."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ..estimate import Estimate
from ..replicates import jackknife_values
from .choice import deleted_means
from .waveform import measured_features

Array = NDArray[np.floating]


def size_ratio(
    recording: xr.Dataset, small: float, large: float, tail_time_constant: float, *, level: float = 0.95
) -> dict[str, Estimate]:
    """Return PSP(large)/PSP(small) divided by the ratio of the sizes: 1 for a linear cell.

    With ``large = 2 small`` this is the super-additivity index PSP(2x)/(2 PSP(x)).

    Parameters
    ----------
    recording : Dataset of ``ProbeSpikes``
        ``response`` (size, group, time; V), not divided by the size.
    small, large : float
        Two of its sizes.
    tail_time_constant : float
        Decay after the window, s.

    Returns
    -------
    dict of str to Estimate
        ``peak`` and ``area``, 1.
    """
    time = recording["time"].values.astype(float)
    pair = [recording["response"].sel(size=s).transpose("group", "time").values for s in (small, large)]
    factor = small / large

    def ratios(low: Array, high: Array) -> dict[str, float]:
        first, second = (measured_features(time, y, tail_time_constant)[0] for y in (low, high))
        return {name: factor * second[name] / first[name] for name in ("peak", "area")}

    deleted = [ratios(low, high) for low, high in zip(*(deleted_means(y) for y in pair), strict=True)]
    found = jackknife_values(ratios(*(y.mean(0) for y in pair)), deleted, level=level)
    return {
        name: Estimate(e.value, e.standard_error, e.interval, "1", level, e.n_effective) for name, e in found.items()
    }
