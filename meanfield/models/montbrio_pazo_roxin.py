"""The exact rate equations of quadratic integrate-and-fire cells with a Lorentzian spread of excitability."""

import math
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...units import Quantity, described, quantity, takes
from ..arrays import require_finite
from ..gain_pivot import Pivot, Turning
from .model import Delayed, MassModel, SteadyCurve, Variable


def flow(y, z, u, p):
    """Return (r', v'): Eqs. 12 of montbrio2015 with time in seconds."""
    r, v = y
    tau, delta, eta, coupling = p
    return (
        (delta / (math.pi * tau) + 2 * r * v) / tau,
        (v * v + eta + coupling * tau * r + u[0] - (math.pi * tau * r) ** 2) / tau,
    )


def observe(y, z, u, p):
    """Return rate, mean potential and the Kuramoto synchrony |Z|, Z = (1 - W*)/(1 + W*), W = pi tau r + i v."""
    r, v = y
    w = math.pi * p[0] * r
    return r, v, np.sqrt(((1 - w) ** 2 + v * v) / ((1 + w) ** 2 + v * v))


@takes(tau="s")
def uncoupled_rate(eta: ArrayLike, *, delta: ArrayLike, tau: ArrayLike) -> NDArray[np.float64]:
    """Return the rate of uncoupled cells, the Lorentzian spread of the square-root curve of one cell, Hz.

    Source: montbrio2015, the steady state at J = 0.

    Parameters
    ----------
    eta : array
        Centre of the excitabilities, 1.
    delta : array
        Half-width of the excitabilities, 1.
    tau : array
        Membrane time constant, s.

    Raises
    ------
    ValueError
        If a number is not finite.
    """
    require_finite("uncoupled_rate", eta=eta, delta=delta, tau=tau)
    eta, delta = np.asarray(eta, dtype=float), np.asarray(delta, dtype=float)
    size = np.hypot(eta, delta)
    # eta + size, without the cancellation of a strongly negative eta.
    inside = np.where(eta >= 0, eta + size, delta**2 / np.maximum(size - eta, np.finfo(float).tiny))
    return np.sqrt(inside / 2) / (math.pi * np.asarray(tau, dtype=float))


@described
class MontbrioPazoRoxin(MassModel):
    """Exact mean field of QIF cells: tau r' = delta/(pi tau) + 2 r v, tau v' = v^2 + eta + J tau r + I - (pi tau r)^2.

    Source: montbrio2015, Eqs. 12.
    Assumptions: infinitely many quadratic integrate-and-fire cells, each coupled to all by instantaneous synapses;
    excitabilities with a Lorentzian distribution; threshold and reset at plus and minus infinity. Then it is exact, at
    rest and in time. Potentials are dimensionless; a spread has a half-width, not a standard deviation.

    Parameters
    ----------
    tau : float
        Membrane time constant, s.
    delta : float
        Half-width at half-maximum of the excitabilities, 1.
    eta : float
        Centre of the excitabilities, 1.
    coupling : float
        Synaptic weight J, 1.
    current : float
        Common input I, 1.
    """

    tau: Quantity = quantity("s", above=0)
    delta: Quantity = quantity("1", above=0)
    eta: Quantity = quantity("1")
    coupling: Quantity = quantity("1")
    current: Quantity = quantity("1")

    VARIABLES: ClassVar = (
        Variable("r", "Hz", "population rate"),
        Variable("v", "1", "mean potential (principal value)"),
    )
    INPUTS: ClassVar = (Variable("current", "1", "common input"),)
    OUTPUTS: ClassVar = (
        Variable("rate", "Hz", "population rate"),
        Variable("potential", "1", "mean potential (principal value)"),
        Variable("synchrony", "1", "Kuramoto order parameter"),
    )
    CITATION: ClassVar = "montbrio2015"
    flow = staticmethod(flow)
    observe = staticmethod(observe)

    @property
    def parameters(self) -> tuple[float, ...]:
        """The numbers of the flow, in its order."""
        return (self.tau, self.delta, self.eta, self.coupling)

    @property
    def delayed(self) -> tuple[Delayed, ...]:
        """Nothing is delayed."""
        return ()

    @property
    def pivots(self) -> dict[str, Pivot]:
        """None: a wider spread raises the uncoupled rate at every excitability, and so only flattens its foot."""
        return {"delta": Pivot(parameter="delta", turning=Turning.RAISES)}

    def steady_curve(self) -> SteadyCurve:
        """Return the equation in rho = tau r, with v = -delta/(2 pi rho).

        Bounds: with a = |eta + I|, the rate of change eta + I + J rho + v^2 - (pi rho)^2 is positive at every
        rho <= 1 with v^2 > a + |J| + pi^2, and negative at every rho >= 1 with
        (pi rho)^2 > a + |J| rho + (delta/2 pi)^2.
        """
        drive = self.eta + self.current
        low = self.delta / (2 * math.pi * math.sqrt(abs(drive) + abs(self.coupling) + math.pi**2))
        rest = abs(drive) + (self.delta / (2 * math.pi)) ** 2
        high = (abs(self.coupling) + math.sqrt(self.coupling**2 + 4 * math.pi**2 * rest)) / (2 * math.pi**2)

        def residual(rho: ArrayLike) -> ArrayLike:
            rho = np.asarray(rho, dtype=float)
            v = self.delta / (2 * math.pi * rho)
            # Times rho^2: the quartic has the same zeros and no pole.
            return rho**2 * (drive + self.coupling * rho + v**2 - (math.pi * rho) ** 2)

        return SteadyCurve(
            residual,
            lambda rho: (rho / self.tau, -self.delta / (2 * math.pi * rho)),
            0.5 * min(1.0, low),
            2 * max(1.0, high),
        )
