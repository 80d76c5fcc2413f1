"""Which drive level to hold next, so that the interval of a sigmoid feature shrinks most.

The information on the sigmoid's coordinates is that of the likelihood it was fitted with; a level of exposure E adds
E/(F Q) dQ dQ^T. A feature's variance is its gradient's quadratic form in the inverse.

Source: atkinson2007 (c-optimal designs).
Assumptions: locally optimal, that is for the fitted sigmoid; the Fano factor there is that of the nearest levels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..sigmoid_fit import CountData
from ..sigmoid_fit.families import FAMILIES, Family
from ..sigmoid_fit.features import FeatureView
from ..sigmoid_fit.likelihood import fit_family
from ..sigmoid_fit.starts import starting_points
from .additions import Addition, Candidate, added_to_information, greedy

Array = NDArray[np.floating]

_LEAST_RATE = 1e-3  # Hz; the Fano model has no meaning in silence
_SLOPE_STEP = 0.01  # of the sigmoid's scale


@dataclass(frozen=True, kw_only=True)
class LevelDesign:
    """A fitted sigmoid as a design sees it: coordinates (p,), their covariance (p, p), and the data behind them."""

    family: Family
    psi: Array
    covariance: Array
    data: CountData
    v_cap: float | None

    @classmethod
    def from_counts(cls, data: CountData, *, family: str = "exgaussian", v_cap: float | None = None) -> "LevelDesign":
        """Fit a family to counts at levels and keep what a design needs."""
        definition = FAMILIES[family]
        best, _ = fit_family(definition, data, starting_points(definition, data))
        return cls(family=definition, psi=best.psi, covariance=best.covariance, data=data, v_cap=v_cap)

    def gradient(self, target: str, v: float = 0.0) -> tuple[float, Array]:
        """Return a feature, or with ``"slope"`` the slope at ``v`` (V), and its gradient (p,).

        Raises
        ------
        ValueError
            If there is no such feature.
        """
        if target == "slope":
            h = _SLOPE_STEP * float(np.exp(self.psi[2]))
            _, slope, jacobian = self.family.evaluate(self.psi, np.array([v - h, v, v + h]))
            return float(slope[1]), (jacobian[2] - jacobian[0]) / (2 * h)
        known = FeatureView(self.family, self.v_cap).all(self.psi)
        if target not in known:
            raise ValueError(f"{target}: no feature of the sigmoid; there are {', '.join(known)} and slope.")
        return known[target]

    def standard_error(self, target: str, v: float = 0.0) -> float:
        """Return the standard error of a feature now."""
        gradient = self.gradient(target, v)[1]
        return float(np.sqrt(gradient @ self.covariance @ gradient))

    def _levels(self, v: Array, exposure: float, names: Sequence[str] | None) -> tuple[Array, list[Candidate]]:
        rate, _, jacobian = self.family.evaluate(self.psi, v)
        order = np.argsort(self.data.v)
        fano = np.interp(v, self.data.v[order], self.data.fano[order])
        error = np.sqrt(fano * np.maximum(rate, _LEAST_RATE) / exposure)
        labels = names or [f"rate at {place * 1e3:.1f} mV" for place in v]
        made = [
            Candidate(name=label, kind="drive level", unit="Hz", standard_error=float(e))
            for label, e in zip(labels, error, strict=True)
        ]
        return jacobian, made

    def additions(
        self, target: str, v: Array, exposure: float, *, at: float = 0.0, names: Sequence[str] | None = None
    ) -> list[Addition]:
        """Return what ``exposure`` (neuron-seconds) more at each potential of ``v`` (n,; V) promises, best first."""
        rows, candidates = self._levels(v, exposure, names)
        return added_to_information(self.covariance, self.gradient(target, at)[1], rows, candidates)

    def sequence(
        self,
        target: str,
        v: Array,
        exposure: float,
        number: int,
        *,
        at: float = 0.0,
        names: Sequence[str] | None = None,
    ) -> list[Addition]:
        """Return ``number`` levels of ``exposure`` each, chosen one after another."""
        rows, candidates = self._levels(v, exposure, names)
        everything = np.vstack([self.gradient(target, at)[1], rows])
        return greedy(everything @ self.covariance @ everything.T, candidates, number)
