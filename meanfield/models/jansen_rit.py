"""The cortical column of Jansen and Rit: three populations, alpha kernels, one logistic sigmoid."""

import numpy as np

from ...units import Quantity, described, quantity
from ..gain_pivot import Pivot, Turning, pivot_at
from .model import Delayed, MassModel, SteadyCurve, Variable


def rate(v, e0, v0, r):
    """Return the pulse density 2 e0 / (1 + exp(r (v0 - v))), Hz."""
    return 2 * e0 / (1 + np.exp(r * (v0 - v)))


def flow(y, z, u, p):
    """Return the rates of change of the potentials y0, y1, y2 (V) and of their slopes (V/s)."""
    A, B, a, b, C1, C2, C3, C4, e0, v0, r = p
    return (
        y[3],
        y[4],
        y[5],
        A * a * rate(y[1] - y[2], e0, v0, r) - 2 * a * y[3] - a * a * y[0],
        A * a * (u[0] + C2 * rate(C1 * y[0], e0, v0, r)) - 2 * a * y[4] - a * a * y[1],
        B * b * C4 * rate(C3 * y[0], e0, v0, r) - 2 * b * y[5] - b * b * y[2],
    )


def observe(y, z, u, p):
    """Return the potential of the pyramidal cells (V) and their pulse density (Hz)."""
    e0, v0, r = p[-3:]
    return y[1] - y[2], rate(y[1] - y[2], e0, v0, r)


@described
class JansenRit(MassModel):
    """y0'' = A a S(y1 - y2) - 2 a y0' - a^2 y0;  y1'' = A a (p + C2 S(C1 y0)) - ...;  y2'' = B b C4 S(C3 y0) - ...

    Source: jansen1995, Eq. 6.
    Assumptions: synapse and dendrite act as one alpha kernel; every population has the same static sigmoid
    S(v) = 2 e0 / (1 + exp(r (v0 - v))); no delays within the column.

    Parameters
    ----------
    A, B : float
        Amplitude of the excitatory and the inhibitory kernel A a t exp(-a t), V; its peak is A/e.
    a, b : float
        Inverse time constants of the kernels, 1/s.
    C : float
        Number of synapses; the four connections are fractions of it.
    C1, C2, C3, C4 : float
        Connections pyramidal -> excitatory -> pyramidal, and pyramidal -> inhibitory -> pyramidal, in units of C.
    e0 : float
        Half the maximal pulse density, Hz.
    v0 : float
        Potential of half the maximum, V.
    r : float
        Steepness of the sigmoid, 1/V.
    p : float
        Operating input pulse density, Hz.
    """

    A: Quantity = quantity("V", above=0)
    B: Quantity = quantity("V", above=0)
    a: Quantity = quantity("1/s", above=0)
    b: Quantity = quantity("1/s", above=0)
    C: Quantity = quantity("1", at_least=0)
    C1: Quantity = quantity("1", at_least=0)
    C2: Quantity = quantity("1", at_least=0)
    C3: Quantity = quantity("1", at_least=0)
    C4: Quantity = quantity("1", at_least=0)
    e0: Quantity = quantity("Hz", above=0)
    v0: Quantity = quantity("V")
    r: Quantity = quantity("1/V", above=0)
    p: Quantity = quantity("Hz")

    VARIABLES = (
        Variable("y0", "V", "potential that pyramidal cells cause in interneurons, per synapse"),
        Variable("y1", "V", "excitatory potential of pyramidal cells"),
        Variable("y2", "V", "inhibitory potential of pyramidal cells"),
        Variable("y3", "V/s", "slope of y0"),
        Variable("y4", "V/s", "slope of y1"),
        Variable("y5", "V/s", "slope of y2"),
    )
    INPUTS = (Variable("p", "Hz", "input pulse density"),)
    OUTPUTS = (
        Variable("potential", "V", "potential of pyramidal cells"),
        Variable("rate", "Hz", "pulse density of pyramidal cells"),
    )
    CITATION = "jansen1995"
    flow = staticmethod(flow)
    observe = staticmethod(observe)

    @property
    def parameters(self) -> tuple[float, ...]:
        """The numbers that ``flow`` unpacks."""
        connections = (self.C * part for part in (self.C1, self.C2, self.C3, self.C4))
        return (self.A, self.B, self.a, self.b, *connections, self.e0, self.v0, self.r)

    @property
    def delayed(self) -> tuple[Delayed, ...]:
        """No delays."""
        return ()

    @property
    def pivots(self) -> dict[str, Pivot]:
        """Potential (V) and pulse density (Hz) at which a change of ``r`` does nothing: v0 and e0."""
        return {"r": pivot_at("r", self.v0, self.e0, Turning.STEEPER)}

    def steady_curve(self) -> SteadyCurve:
        """Return y0 as the one unknown: y1 and y2 follow from it, and y0 = A/a S(y1 - y2) closes the loop.

        The bounds hold every root, since S lies between 0 and 2 e0.
        """
        A, B, a, b, C1, C2, C3, C4, e0, v0, r = self.parameters

        def potentials(y0):
            return A / a * (self.p + C2 * rate(C1 * y0, e0, v0, r)), B / b * C4 * rate(C3 * y0, e0, v0, r)

        def residual(y0):
            y1, y2 = potentials(y0)
            return y0 - A / a * rate(y1 - y2, e0, v0, r)

        return SteadyCurve(
            residual=residual,
            lift=lambda y0: np.array([y0, *potentials(y0), 0.0, 0.0, 0.0]),
            lower=0.0,
            upper=2 * e0 * A / a,
        )
