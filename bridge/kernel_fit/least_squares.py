"""Fitting one kernel family to one response: amplitudes are solved for, time constants are searched.

Source: golub1973 (variable projection).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares, nnls

from ...meanfield.kernels import Kernel
from .families import KernelFamily

Array = NDArray[np.floating]


@dataclass(frozen=True)
class KernelFit:
    """A family at its best point: coordinates, amplitudes (V s), fitted response (n,; V)."""

    family: KernelFamily
    point: Array
    amplitudes: Array
    fitted: Array

    @property
    def kernel(self) -> Kernel:
        """The fitted kernel."""
        return self.family.build(self.point, self.amplitudes)

    @property
    def parameters(self) -> dict[str, float]:
        """The family's parameters."""
        return self.family.parameters(self.point, self.amplitudes)


def _project(family: KernelFamily, point: Array, time: Array, response: Array, sign: float) -> tuple[Array, Array]:
    """Return the amplitudes of the response's sign that fit best at this point, and the fitted response."""
    shapes = np.stack([shape(time) for shape in family.shapes(point)], -1)
    if shapes.shape[1] == 1:
        amplitudes = shapes.T @ response / np.sum(shapes * shapes)
    else:
        scale = np.linalg.norm(shapes, axis=0)
        amplitudes = sign * nnls(shapes / scale, sign * response)[0] / scale
    return amplitudes, shapes @ amplitudes


def fit_response(
    family: KernelFamily, time: Array, response: Array, *, mean_lag: float, sd: float, start: Array | None = None
) -> KernelFit:
    """Fit a family to a sampled response by least squares.

    Parameters
    ----------
    family : KernelFamily
        What to fit.
    time, response : (n,) array
        Time after the spike (s) and response (V).
    mean_lag, sd : float
        Moments of the response (s), from which the search starts.
    start : (p,) array, optional
        Coordinates to start from instead.
    """
    size = float(np.linalg.norm(response))
    sign = 1.0 if response[np.argmax(np.abs(response))] > 0 else -1.0
    starts = [start] if start is not None else [np.array(s) for s in family.starts(mean_lag, sd)]

    def residual(point: Array) -> Array:
        return (_project(family, point, time, response, sign)[1] - response) / size

    low, high = np.array(family.lower), np.array(family.upper)
    inside = [np.clip(point, low + 1e-6, high - 1e-6) for point in starts]
    found = [
        least_squares(residual, point, bounds=(low, high), max_nfev=200, xtol=1e-9, ftol=1e-12, gtol=1e-13)
        for point in inside
    ]
    best = min(found, key=lambda f: f.cost).x
    amplitudes, fitted = _project(family, best, time, response, sign)
    return KernelFit(family, best, amplitudes, fitted)
