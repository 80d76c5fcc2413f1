"""Parabolic cylinder functions of complex order as integrals along a contour through their saddle point.

For Re s > -1 the integral of t^s exp(-t^2 + 2 y t) over t > 0 is Gamma(s + 1) times a solution of the backward equation
of the leaky cell, exp(y^2/2) D_{-s-1}(-sqrt(2) y) up to a factor. Along the real axis it loses exp(-pi |s|/2) to
oscillation; through the saddle point it loses nothing, and the trapezoidal rule converges geometrically.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Real = NDArray[np.floating]
Complex = NDArray[np.complexfloating]

_DEPTH = 40.0  # what is smaller than exp(-40) of the saddle is left out
_TURN = 0.6  # share of the saddle's angle that the contour gives up on its way out, to end inside |arg t| < pi/4
_HALVINGS = 6
_REACH = 5.0  # beyond these many units of the outer variable nothing is left, whatever y and s


class Contour(NamedTuple):
    """Nodes and weights: the integral of t^s exp(-t^2 + 2 y t) F(t) is exp(log_scale) sum(weights F(nodes)).

    ``weights``, ``nodes`` (n, points); ``saddle``, ``log_scale`` (n).
    """

    weights: Complex
    nodes: Complex
    saddle: Complex
    log_scale: Complex


class _Path(NamedTuple):
    """The map from a real q to x = log(t/saddle): straight at the saddle, double exponential to the left of -knee.

    ``slope`` is the steepest descent at the saddle; the angle goes on turning to the left, where t vanishes, and stops
    turning within about ``turning`` to the right, where exp(-t^2) must decay.
    """

    s: Complex
    order: Complex
    saddle: Complex
    slope: Real
    turning: Real
    knee: Real

    def place(self, q: Real) -> tuple[Complex, Complex]:
        """Return x and dx/dq."""
        pace = np.exp(-self.knee)
        fall = np.expm1(-q)
        a = q - pace * fall
        bend = np.exp(np.minimum(a / self.turning, 60.0))
        angle = self.slope * 2 * (a - self.turning * np.log1p((bend - 1) / 2))
        return a + 1j * angle, (1 + pace * (1 + fall)) * (1 + 2j * self.slope / (1 + bend))

    def log_integrand(self, x: Complex) -> Complex:
        """Return the logarithm of t^(s+1) exp(-t^2 + 2 y t) above its value at the saddle."""
        growth = np.expm1(x)
        return (self.s + 1) * x - self.order * growth - (self.saddle * growth) ** 2

    def column(self) -> "_Path":
        """Return the same with an axis for the nodes."""
        return _Path(
            self.s[:, None],
            self.order[:, None],
            self.saddle[:, None],
            self.slope[:, None],
            self.turning[:, None],
            self.knee[:, None],
        )


def saddle_point(y: Real, order: Complex) -> Complex:
    """Return where t^order exp(-t^2 + 2 y t) is stationary, without cancellation for either sign of ``y``."""
    root = np.sqrt(y**2 + 2 * order)
    return np.where(y > 0, (y + root) / 2, order / np.where(y > 0, 1.0, root - y))


def _path(y: Real, s: Complex, order: Complex, knee: Real) -> _Path:
    saddle = saddle_point(y, order)
    slope = np.tan(-np.angle(2 * saddle**2 + order) / 2)
    steep = slope < 0
    turning = np.where(steep, _TURN * np.angle(saddle) / np.where(steep, -2 * np.log(2) * slope, 1.0), 1.0)
    return _Path(s, order, saddle, slope, turning, knee)


def _edge(path: _Path, sign: int, furthest: Real, depth: Real) -> Real:
    """Return how far from the saddle, in q, the integrand has fallen by exp(-depth), by bisection of the logarithm."""
    near = 0.5 / np.sqrt(np.maximum(np.abs(2 * path.saddle**2 + path.order), 1.0))
    far = furthest
    for _ in range(_HALVINGS):
        middle = np.sqrt(near * far)
        inside = path.log_integrand(path.place(sign * middle)[0]).real > -depth
        near, far = np.where(inside, middle, near), np.where(inside, far, middle)
    return far


def saddle_contour(y: Real, s: Complex, *, order: Complex, knee: Real, points: int) -> Contour:
    """Return the contour for the integral of t^s exp(-t^2 + 2 y t) over t > 0.

    Source: trefethen2014 (why the trapezoidal rule converges geometrically, and the double exponential map).
    Assumptions: Re s >= 0; the factors F(t) that are summed vary slowly beside exp(-t^2 + 2 y t).

    Parameters
    ----------
    y : (n,) array
        Potential in units of the noise, 1.
    s : (n,) complex array
        Exponent, i times angular frequency times time constant, 1.
    order : (n,) complex array
        s + 1 for the path through the complex saddle point; 1 for the path along the real axis, good while |s| < 1.
    knee : (n,) array
        Logarithm of the factor by which F(t) still varies to the left of the saddle, 1: 0 for polynomials.
    points : int
        Number of nodes; 64 give rounding error for |s| > 3, 96 elsewhere at knee 0.

    Returns
    -------
    Contour
        Nodes, weights, saddle and logarithm of the scale.
    """
    path = _path(y, s, order, knee)
    right = _edge(path, 1, np.full(y.shape, _REACH), np.full(y.shape, _DEPTH))
    left = _edge(path, -1, _REACH - 1 + knee, _DEPTH + knee)
    step = (right + left) / (points - 1)
    along = path.column()
    x, slope = along.place(step[:, None] * np.arange(points) - left[:, None])
    weights = np.exp(along.log_integrand(x)) * slope * step[:, None]
    log_scale = (s + 1) * np.log(path.saddle) - path.saddle**2 + 2 * y * path.saddle
    return Contour(weights, along.saddle * np.exp(x), path.saddle, log_scale)
