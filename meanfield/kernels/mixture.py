"""A weighted sum of kernels: receptors side by side, or the population average of unequal cells."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...units import takes
from .features import Kernel, kernel_features


@dataclass(frozen=True)
class MixtureKernel:
    """h = sum_i weight_i h_i. Areas and raw moments add; the spread between the means adds to the variance.

    Parameters
    ----------
    weights : tuple of float
        Weights, 1.
    kernels : tuple of Kernel
        Components.
    """

    weights: tuple[float, ...]
    kernels: tuple[Kernel, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", tuple(float(w) for w in self.weights))
        object.__setattr__(self, "kernels", tuple(self.kernels))
        if not self.kernels or len(self.weights) != len(self.kernels):
            raise ValueError(
                f"MixtureKernel: {len(self.weights)} weights for {len(self.kernels)} kernels; give one weight for "
                "each, at least one."
            )

    def _sum(self, parts: list[NDArray]) -> NDArray:
        return np.sum([w * part for w, part in zip(self.weights, parts, strict=True)], axis=0)

    @takes(time="s")
    def __call__(self, time: ArrayLike) -> NDArray[np.float64]:
        """Return the response at ``time`` (s), V."""
        return self._sum([kernel(time) for kernel in self.kernels])

    @takes(time="s")
    def step_response(self, time: ArrayLike) -> NDArray[np.float64]:
        """Return the integral of the response up to ``time`` (s), V s."""
        return self._sum([kernel.step_response(time) for kernel in self.kernels])

    @takes(frequency="Hz")
    def transfer(self, frequency: ArrayLike) -> NDArray[np.complex128]:
        """Return the Fourier transform at ``frequency`` (Hz), V s."""
        return self._sum([kernel.transfer(frequency) for kernel in self.kernels])

    def laplace(self, s: ArrayLike) -> NDArray[np.complex128]:
        """Return the Laplace transform at complex ``s`` (1/s), V s."""
        return self._sum([kernel.laplace(s) for kernel in self.kernels])

    @property
    def _areas(self) -> NDArray[np.float64]:
        return np.array([w * kernel.area for w, kernel in zip(self.weights, self.kernels, strict=True)])

    @property
    def area(self) -> float:
        """Integral, V s."""
        return float(self._areas.sum())

    @property
    def mean_lag(self) -> float:
        """Mean lag, s."""
        return float(self._areas @ [kernel.mean_lag for kernel in self.kernels]) / self.area

    @property
    def variance(self) -> float:
        """Variance of the lag, s^2."""
        second = float(self._areas @ [kernel.variance + kernel.mean_lag**2 for kernel in self.kernels]) / self.area
        return second - self.mean_lag**2

    def features(self) -> dict[str, float]:
        """Return the kernel features, SI; moments in closed form."""
        return kernel_features(self)

    def parameters(self) -> dict[str, object]:
        """Return what the constructor takes."""
        return {"weights": self.weights, "kernels": self.kernels}
