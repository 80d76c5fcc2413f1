"""A fence against states that are slower than the data can see.

Where a real eigenvalue reaches zero the branch of steady states folds: its slope by the parameters is infinite there,
and a search that comes close crawls. If the eigenvalue is far slower than the lowest recorded frequency the data do not
notice, so that nothing keeps a search away. The fence does, and states what it assumes.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .likelihood import GammaLikelihood

Array = NDArray[Any]

_STEEPNESS = 3.0  # of the residual, per factor e beyond the limit


@dataclass(frozen=True)
class FencedSpectrum:
    """A spectrum's likelihood and a fence: the last predicted number is the power at 0 Hz over that at the lowest bin.

    Assumptions: a rhythm without peak is not slower than the lowest recorded frequency over sqrt(``limit``).

    Parameters
    ----------
    spectrum : GammaLikelihood
        The data.
    limit : float
        Ratio of powers up to which the fence is not felt, 1.
    """

    spectrum: GammaLikelihood
    limit: float = 100.0

    @property
    def size(self) -> int:
        """Number of data."""
        return self.spectrum.size

    def terms(self, predicted: Array) -> Array:
        """Return what each bin and the fence add to the deviance, (..., n + 1)."""
        bins = self.spectrum.terms(predicted[..., :-1])
        return np.concatenate([bins, self._beyond(predicted[..., -1:]) ** 2], axis=-1)

    def residuals(self, predicted: Array) -> tuple[Array, Array]:
        """Return residuals (n + 1,) and their slopes by the prediction."""
        residuals, slopes = self.spectrum.residuals(predicted[:-1])
        beyond = self._beyond(predicted[-1:])
        slope = np.where(beyond > 0, _STEEPNESS / predicted[-1:], 0.0)
        return np.append(residuals, beyond), np.append(slopes, slope)

    def information(self, predicted: Array) -> Array:
        """Return the information of each bin; the fence is no datum and has none."""
        bins = self.spectrum.information(predicted[..., :-1])
        return np.concatenate([bins, np.zeros((*bins.shape[:-1], 1))], axis=-1)

    def draw(self, predicted: Array, random: np.random.Generator) -> "FencedSpectrum":
        """Return estimates drawn about ``predicted`` (n + 1,), with the same fence."""
        return replace(self, spectrum=self.spectrum.draw(predicted[:-1], random))

    def _beyond(self, ratio: Array) -> Array:
        return _STEEPNESS * np.maximum(np.log(np.maximum(ratio, 1e-300) / self.limit), 0.0)
