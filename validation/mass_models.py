"""The mass model built from the estimates, and wrong ones beside it that the same score must tell from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from ..meanfield import EmpiricalMass, TabulatedKernel, TabulatedSigmoid

Array = NDArray[np.floating]
ModelName = Literal["mass", "scrambled_kernel", "logistic", "recorded_mean_v"]
MODELS: tuple[ModelName, ...] = ("mass", "scrambled_kernel", "logistic", "recorded_mean_v")

_SCRAMBLE_SEED = 20_210_721


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a mass model is made of: a sigmoid (Hz of V), a kernel (V of s, per spike), its operating potential (V)."""

    sigmoid: Any
    time: Array
    response: Array
    operating_v: float

    def mass(self, channel: str, background: float) -> EmpiricalMass:
        """Return the neural mass that hears ``channel`` at a background of ``background`` (Hz)."""
        kernel = TabulatedKernel(self.time, self.response)
        return EmpiricalMass(self.sigmoid, {channel: kernel}, self.operating_v, {channel: background})


def scrambled(parts: Parts) -> Parts:
    """Return the parts with the kernel's samples in random order over its support: same area, wrong time course."""
    total = np.cumsum(np.abs(parts.response))
    support = int(np.searchsorted(total, 0.99 * total[-1])) + 1
    order = np.arange(parts.response.size)
    order[:support] = np.random.default_rng(_SCRAMBLE_SEED).permutation(support)
    return Parts(sigmoid=parts.sigmoid, time=parts.time, response=parts.response[order], operating_v=parts.operating_v)


def on_recorded_potential(parts: Parts, recordings: Sequence[xr.Dataset], operating_drive: float) -> Parts:
    """Return the parts with the rate regressed on the recorded mean potential, as is done without a free potential.

    The recorded potential is not monotone in the drive, so the regression folds; the best monotone curve through it
    (isotonic regression) is the most favourable reading.
    """
    v, rate, drive = (np.concatenate(column) for column in zip(*(_levels(r) for r in recordings), strict=True))
    potentials, first = np.unique(v, return_index=True)
    curve = TabulatedSigmoid(potentials, np.maximum(isotonic_regression(rate[first]).x, 0.0))
    start = float(v[np.isclose(drive, operating_drive, rtol=1e-9, atol=0.0)].mean())
    return Parts(sigmoid=curve, time=parts.time, response=parts.response, operating_v=start)


def _levels(recording: xr.Dataset) -> tuple[Array, Array, Array]:
    """Return recorded mean potential (V), rate (Hz) and drive of every level."""
    rate = recording["spike_count"].sum("half").mean("cell").values / float(recording.attrs["duration"])
    return recording["v_mean"].mean("cell").values, rate, recording["drive"].values
