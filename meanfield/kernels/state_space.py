"""The kernel of any linear membrane: several compartments, or a slow current that answers the potential."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import expm

from ...units import takes
from ..arrays import GivenArray
from .features import angular, causal, complex_rate, kernel_features

# Modes nearer to each other than this make the eigenvector basis useless; the matrix exponential does not need one.
_WORST_BASIS = 1e8
_LIFETIMES = 1000


@dataclass(frozen=True, eq=False)
class StateSpaceKernel:
    """h(t) = output . exp(dynamics t) . entry, the impulse response of dx/dt = dynamics x + entry u, V = output . x.

    Assumptions: linear about an operating point, and stable.

    Parameters
    ----------
    dynamics : (n, n) array
        Matrix of rates, 1/s (mixed units where the states differ in unit).
    entry : (n,) array
        How one presynaptic spike sets the states.
    output : (n,) array
        How the states add up to the potential.
    """

    dynamics: GivenArray
    entry: GivenArray
    output: GivenArray

    def __post_init__(self) -> None:
        for name in ("dynamics", "entry", "output"):
            value = np.array(getattr(self, name), dtype=float)
            value.setflags(write=False)
            object.__setattr__(self, name, value)
        if self.dynamics.shape != (self.entry.size, self.entry.size) or self.output.shape != self.entry.shape:
            raise ValueError(
                f"StateSpaceKernel: dynamics {self.dynamics.shape}, entry {self.entry.shape} and output "
                f"{self.output.shape} do not fit; give an (n, n) matrix and two lists of n."
            )
        fastest = float(np.max(np.linalg.eigvals(self.dynamics).real))
        if fastest >= 0:
            raise ValueError(
                f"StateSpaceKernel.dynamics: a mode grows at {fastest:g} /s, so there is no kernel; choose a stable "
                "operating point."
            )

    def _propagated(self, time: NDArray[np.float64], start: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return output . exp(dynamics t) . start."""
        rates, basis = np.linalg.eig(self.dynamics)
        if np.linalg.cond(basis) < _WORST_BASIS:
            weights = (self.output @ basis) * np.linalg.solve(basis, start.astype(complex))
            return (np.exp(time[..., None] * rates) @ weights).real
        # Nothing is left after so long, and a matrix exponential of larger arguments overflows.
        latest = _LIFETIMES * len(rates) / float(np.min(-np.real(rates)))
        values = [
            float(self.output @ expm(self.dynamics * min(t, latest)) @ start) if t == t else float("nan")
            for t in np.ravel(time)
        ]
        return np.reshape(values, np.shape(time))

    def _steady(self, order: int) -> float:
        """Return output . (-dynamics)^-order . entry."""
        state = self.entry
        for _ in range(order):
            state = np.linalg.solve(-self.dynamics, state)
        return float(self.output @ state)

    @takes(time="s")
    def __call__(self, time: ArrayLike) -> NDArray[np.float64]:
        """Return the response at ``time`` (s), V."""
        t, after = causal(time)
        return np.where(after, self._propagated(t, self.entry), 0.0)

    @takes(time="s")
    def step_response(self, time: ArrayLike) -> NDArray[np.float64]:
        """Return the integral of the response up to ``time`` (s), V s."""
        return self.area - self._propagated(causal(time)[0], np.linalg.solve(-self.dynamics, self.entry))

    @takes(frequency="Hz")
    def transfer(self, frequency: ArrayLike) -> NDArray[np.complex128]:
        """Return the Fourier transform at ``frequency`` (Hz), V s."""
        return self.laplace(angular(frequency))

    def laplace(self, s: ArrayLike) -> NDArray[np.complex128]:
        """Return the Laplace transform at complex ``s`` (1/s), V s; its poles are the eigenvalues of ``dynamics``."""
        s = complex_rate(s)
        resolvent = s[..., None, None] * np.eye(self.entry.size) - self.dynamics
        entry = np.broadcast_to(self.entry.astype(np.complex128)[:, None], (*s.shape, self.entry.size, 1))
        states = complex_rate(np.linalg.solve(resolvent, entry)[..., 0])
        return states @ self.output.astype(np.complex128)

    @property
    def area(self) -> float:
        """Integral, V s."""
        return self._steady(1)

    @property
    def mean_lag(self) -> float:
        """Mean lag, s."""
        return self._steady(2) / self.area

    @property
    def variance(self) -> float:
        """Variance of the lag, s^2."""
        return 2 * self._steady(3) / self.area - self.mean_lag**2

    def features(self) -> dict[str, float]:
        """Return the kernel features, SI; moments in closed form."""
        return kernel_features(self)

    def parameters(self) -> dict[str, object]:
        """Return what the constructor takes."""
        return {"dynamics": self.dynamics, "entry": self.entry, "output": self.output}
