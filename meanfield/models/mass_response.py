"""What a neural mass answers to its inputs, as arrays or labelled."""

from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

Array = NDArray[np.floating]


class MassResponse(NamedTuple):
    """What a neural mass did: mean free potential ``v`` (V) and ``rate`` (Hz), (..., time), at the end of each step."""

    v: Array
    rate: Array

    def dataset(self, dt: float) -> xr.Dataset:
        """Return the response over time, for steps of ``dt`` (s)."""
        axes = [f"axis_{k}" for k in range(self.v.ndim - 1)] + ["time"]
        time = xr.Variable("time", dt * np.arange(1, self.v.shape[-1] + 1), {"units": "s", "long_name": "time"})
        v = xr.Variable(axes, self.v, {"units": "V", "long_name": "mean free potential"})
        rate = xr.Variable(axes, self.rate, {"units": "Hz", "long_name": "population rate"})
        return xr.Dataset({"v": v, "rate": rate}, coords={"time": time})
