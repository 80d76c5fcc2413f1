"""A fit as one object: what is free, what it predicts, and how far the data lie from that."""

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .free_parameter import ParameterSpace
from .likelihood import Likelihood

Array = NDArray[Any]

_STEP = 1e-4


class Prediction(Protocol):
    """What a model says about one recording; an anchor is what it remembers of where it stands (a steady state)."""

    def anchor(self, x: Array, branch: int = 0) -> Any:
        """Return where the model stands at ``x`` (d,) on a branch of steady states."""
        ...

    def moved(self, anchor: Any, x: Array) -> Any:
        """Return the anchor carried to ``x`` (d,)."""
        ...

    def branches(self, x: Array) -> list[tuple[int, Any]]:
        """Return the place and the anchor of every stable branch of steady states at ``x`` (d,)."""
        ...

    def predict(self, anchor: Any, x: Array) -> Array:
        """Return the predictions (k, n) at ``x`` (k, d); NaN where there is none."""
        ...

    def with_slopes(self, anchor: Any, x: Array) -> tuple[Array, Array]:
        """Return the prediction (n,) at ``x`` (d,) and its derivatives by the coordinates (n, d)."""
        ...

    def matched(self, anchor: Any, x: Array, likelihood: Any) -> Array:
        """Return ``x`` (k, d) with what a closed formula can fit fitted: scales and baselines."""
        ...


@dataclass(frozen=True)
class Problem:
    """What is searched.

    Parameters
    ----------
    space : ParameterSpace
        What is free.
    prediction : Prediction
        What the model says.
    likelihood : Likelihood
        The data and the law of their errors.
    """

    space: ParameterSpace
    prediction: Prediction
    likelihood: Likelihood

    def deviance(self, anchor: Any, x: Array) -> Array:
        """Return the deviance at ``x`` (k, d), (k,); infinite outside the bounds and where nothing is predicted."""
        found = np.full(len(x), np.inf)
        inside = np.flatnonzero(self.space.inside(x))
        if inside.size:
            with np.errstate(invalid="ignore"):
                terms = self.likelihood.terms(self.prediction.predict(anchor, x[inside]))
            total = terms.sum(axis=-1)
            found[inside] = np.where(np.isfinite(total), total, np.inf)
        return found

    def residuals(self, anchor: Any, x: Array) -> Array:
        """Return signed residuals (n,) at one ``x`` (d,), whose squares add up to the deviance; infinite for none."""
        predicted = self.prediction.predict(anchor, x[None])[0]
        if not np.all(np.isfinite(predicted)):
            return np.full(predicted.size, np.inf)
        return self.likelihood.residuals(predicted)[0]

    def residual_slopes(self, anchor: Any, x: Array) -> Array:
        """Return the derivatives of the residuals by the coordinates (n, d)."""
        predicted, slopes = self.prediction.with_slopes(anchor, x)
        return self.likelihood.residuals(predicted)[1][:, None] * slopes

    def sensitivity(self, anchor: Any, x: Array) -> Array:
        """Return d prediction / d coordinate in standard errors of each datum (n, d); its square is the information."""
        predicted, slopes = self.prediction.with_slopes(anchor, x)
        return np.sqrt(self.likelihood.information(predicted))[:, None] * slopes

    def with_data(self, likelihood: Likelihood) -> "Problem":
        """Return the problem with other data."""
        return replace(self, likelihood=likelihood)


def slopes_by_differences(prediction: Prediction, anchor: Any, x: Array, space: ParameterSpace) -> Array:
    """Return derivatives (n, d) by central differences of the prediction, one-sided next to a bound or an end."""
    pushed = np.repeat(x[None], 2 * x.size, axis=0)
    steps = _STEP * np.minimum(1.0, space.high - space.low)
    for k in range(x.size):
        pushed[2 * k, k] = min(x[k] + steps[k], space.high[k])
        pushed[2 * k + 1, k] = max(x[k] - steps[k], space.low[k])
    found = np.concatenate([prediction.predict(anchor, x[None]), prediction.predict(anchor, pushed)])
    slopes = np.zeros((found.shape[1], x.size))
    for k in range(x.size):
        above, below, up, down = found[2 * k + 1], found[2 * k + 2], pushed[2 * k, k], pushed[2 * k + 1, k]
        above, up = (above, up) if np.all(np.isfinite(above)) else (found[0], x[k])
        below, down = (below, down) if np.all(np.isfinite(below)) else (found[0], x[k])
        slopes[:, k] = (above - below) / (up - down) if up > down else 0.0
    return slopes
