"""The ratio of parabolic cylinder functions in the response of an LIF cell, without cancellation in any regime.

A_k(y) is the integral of t^(s+k) exp(-t^2 + 2 y t) over t > 0 at s = i w tau_m; the functions of the printed formula
are A_k up to factors that cancel, and in these terms w = 0 is no special case.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .parabolic_cylinder import saddle_contour, saddle_point

Array = NDArray[np.floating]
Complex = NDArray[np.complexfloating]

_CHUNK = 256  # entries whose nodes stay in the cache


class ModulatedEscape(NamedTuple):
    """One frequency of one cell per entry: barriers in units of sigma, s = i w tau_m, w tau_ref and tau_ref/tau_m."""

    lower: Array
    upper: Array
    s: Complex
    dead_phase: Array
    dead_share: Array

    def pick(self, chosen: NDArray[np.integer] | NDArray[np.bool_]) -> "ModulatedEscape":
        """Return the chosen entries."""
        return ModulatedEscape(
            self.lower[chosen], self.upper[chosen], self.s[chosen], self.dead_phase[chosen], self.dead_share[chosen]
        )


def together(case: ModulatedEscape, power: int, points: int) -> Complex:
    """Return the response ratio from one contour for both barriers, whose difference is taken under the integral.

    No cancellation for close barriers or low frequency, where both ends of the ratio vanish with s.
    """
    width = case.upper - case.lower
    order = np.where(np.abs(case.s) < 1, 1.0, case.s + 1)
    knee = np.log1p(2 * width * np.abs(saddle_point(case.upper, order)))
    path = saddle_contour(case.upper, case.s, order=order, knee=knee, points=points)
    faded = np.expm1(-2 * width[:, None] * path.nodes)
    weighted = path.weights * faded
    above = -np.sum(weighted * path.nodes if power else weighted, axis=1)
    through = -np.sum(weighted / path.nodes, axis=1)
    below = 2 * np.sum((path.weights + weighted) * (path.nodes - case.lower[:, None]), axis=1)
    held = case.dead_share * np.exp(-0.5j * case.dead_phase) * np.sinc(case.dead_phase / (2 * np.pi))
    return above / (through + held * below)


def apart(case: ModulatedEscape, power: int, points: int) -> Complex:
    """Return the response ratio from a contour for each barrier."""

    def ends(y: Array) -> tuple[Complex, Complex, Complex]:
        path = saddle_contour(y, case.s, order=case.s + 1, knee=np.zeros_like(y), points=points)
        flux = 2 * np.sum(path.weights * (path.nodes - y[:, None]), axis=1)
        return np.sum(path.weights * path.nodes if power else path.weights, axis=1), flux, path.log_scale

    top, top_flux, top_scale = ends(case.upper)
    bottom, bottom_flux, bottom_scale = ends(case.lower)
    smaller = np.exp(bottom_scale - top_scale)
    return (top - smaller * bottom) * case.s / (top_flux - np.exp(-1j * case.dead_phase) * smaller * bottom_flux)


def node_count(case: ModulatedEscape, shared: NDArray[np.bool_]) -> NDArray[np.integer]:
    """Return how many nodes each entry needs: more where a far reset stretches the contour of both barriers."""
    stretch = np.log1p(2 * (case.upper - case.lower) * np.maximum(case.upper, 1 / (1 + np.abs(case.upper))))
    stretched = 96 + 32 * np.ceil(np.maximum(stretch - 1, 0) / 2).astype(int)
    size = np.abs(case.s)
    return np.where(shared & (size < 3), stretched, np.where(size < 3, 96, np.where(size < 20, 64, 48)))


def escape_ratio(case: ModulatedEscape, power: int, *, refinement: int = 1) -> Complex:
    """Return (A_power(upper) - A_power(lower)) s/(B(upper) - exp(-i w tau_ref) B(lower)), B = 2 A_1 - 2 y A_0.

    ``refinement`` multiplies the number of nodes: the result must not depend on it.
    """
    saddle = saddle_point(case.upper, case.s + 1)
    shared = (np.abs(case.s) < 1) | (2 * (case.upper - case.lower) * np.abs(saddle) < 1)
    points = refinement * node_count(case, shared)
    result = np.empty(case.s.shape, dtype=complex)
    for rule, chosen in ((together, shared), (apart, ~shared)):
        for count in np.unique(points[chosen]):
            members = np.flatnonzero(chosen & (points == count))
            for start in range(0, members.size, _CHUNK):
                some = members[start : start + _CHUNK]
                result[some] = rule(case.pick(some), power, int(count))
    return result
