"""The spectrum that a recording should show: the model's linear response, a gain, and the background of measurement."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..recordings import SpectralWindow
from .cortical_sheet import CorticalSheet
from .fence import FencedSpectrum
from .linear_response import transfer_sensitivity
from .model_batch import ModelFamily
from .reduced_system import ReducedSystem
from .steady_following import Anchor, anchor_at, follow, moved_anchor, stable_anchors

Array = NDArray[Any]

BACKGROUND_AT = 10.0
"""Frequency at which ``background`` is stated, Hz."""

_SILENCE = 1e-200


@dataclass(frozen=True)
class PredictedSpectrum:
    """scale x |H(f)|^2 + background x (f / 10 Hz)^-exponent, seen through the estimator's window.

    Source: robinson1997; robinson2001.
    Assumptions: white noise on one input; small fluctuations about one stable steady state. The strength of the noise
    and the gain of the electrode cannot be told apart: ``scale`` is their product.

    Parameters
    ----------
    family : ModelFamily
        The model and what is free.
    frequency : (n,) array
        Hz.
    window : SpectralWindow
        What the estimator averages over.
    output, drive : int
        Places of the model's output and noisy input.
    sheet : CorticalSheet, optional
        Sum over the waves of a sheet in place of the uniform mode; for the corticothalamic field only.
    fixed : dict
        Values of "scale", "background" and "exponent" where they are not free.
    """

    family: ModelFamily
    frequency: Array
    window: SpectralWindow
    output: int
    drive: int
    sheet: CorticalSheet | None
    fixed: dict[str, float]

    def anchor(self, x: Array, branch: int = 0) -> Anchor:
        """Return the steady state at ``x`` (d,) on a branch; see `anchor_at`."""
        return anchor_at(self.family, x, branch)

    def moved(self, anchor: Anchor, x: Array) -> Anchor:
        """Return the anchor followed to ``x`` (d,); see `moved_anchor`."""
        return moved_anchor(self.family, anchor, x)

    def branches(self, x: Array) -> list[tuple[int, Anchor]]:
        """Return the place and the anchor of every stable branch of steady states at ``x`` (d,)."""
        return stable_anchors(self.family, x)

    def predict(self, anchor: Anchor, x: Array) -> Array:
        """Return the spectrum at ``x`` (k, d) and the fence's ratio, (k, n + 1); NaN where no stable branch is."""
        batch, states = follow(self.family, anchor, x)
        total = np.full((len(x), self.frequency.size + 1), np.nan)
        usable = np.flatnonzero(np.all(np.isfinite(states), axis=1))
        if not usable.size:
            return total
        linear = ReducedSystem.of(batch.take(usable).linearised(states[usable]))
        stable = np.flatnonzero(linear.stable())
        if stable.size:
            seen = self._seen(linear.take(stable), x[usable[stable]])
            # A saturated population answers to nothing at all: that is no spectrum.
            seen[~np.all(seen > _SILENCE, axis=1)] = np.nan
            total[usable[stable]] = seen
        return total

    def _seen(self, linear: ReducedSystem, x: Array) -> Array:
        fine = self._fine
        s = 2j * np.pi * fine
        if self.sheet is None:
            power = np.abs(linear.transfer(s, self.output, self.drive)) ** 2
        else:
            power = self.sheet.power(self.family.models(x), linear, s)
        own, slow = self._observation(x), power[:, -1:] / power[:, :1]
        power, fine = power[:, :-1], fine[:-1]
        background = own["background"][:, None] * (fine / BACKGROUND_AT) ** -own["exponent"][:, None]
        return np.concatenate([self._averaged(own["scale"][:, None] * power + background), slow], axis=1)

    def with_slopes(self, anchor: Anchor, x: Array) -> tuple[Array, Array]:
        """Return spectrum and ratio at one ``x`` (d,), (n + 1,), and their derivatives by the coordinates."""
        at, fine = self.moved(anchor, x), self._fine
        s = 2j * np.pi * fine
        if self.sheet is None:
            found = transfer_sensitivity(self.family, at, s, self.output, self.drive)
            power = np.abs(found.value) ** 2
            slopes = 2 * np.real(np.conj(found.value)[:, None] * found.slopes)
        else:
            power, slopes = self.sheet.power_sensitivity(self.family, at, s)
        slow = power[-1] / power[0]
        by_slow = slow * (slopes[-1] / power[-1] - slopes[0] / power[0])
        power, slopes, fine = power[:-1], slopes[:-1], fine[:-1]
        own = {name: float(values[0]) for name, values in self._observation(x[None]).items()}
        background = own["background"] * (fine / BACKGROUND_AT) ** -own["exponent"]
        slopes = own["scale"] * slopes
        by = {
            "scale": power,
            "background": (fine / BACKGROUND_AT) ** -own["exponent"],
            "exponent": -np.log(fine / BACKGROUND_AT) * background,
        }
        space = self.family.space
        for name, slope in by.items():
            if name in space.names:
                k = space.place(name)
                slopes[:, k] = slope * float(space.parameters[k].slope(x[k]))
        seen = self._averaged((own["scale"] * power + background)[None])[0]
        return np.append(seen, slow), np.concatenate([self._averaged(slopes.T).T, by_slow[None]])

    def matched(self, anchor: Anchor, x: Array, likelihood: FencedSpectrum) -> Array:
        """Return ``x`` (k, d) with the scales that fit best at the same shapes, the background left small."""
        space = self.family.space
        if "scale" not in space.names:
            return x
        x, k, data = x.copy(), space.place("scale"), likelihood.spectrum
        if "background" in space.names:
            x[:, space.place("background")] = space.low[space.place("background")]
        shapes = self.predict(anchor, x)[:, :-1] / space.parameters[k].value(x[:, k])[:, None]
        found = np.all(np.isfinite(shapes), axis=1)
        scales = np.sum(data.degrees * data.measured / shapes[found], axis=1) / np.sum(data.degrees)
        x[found, k] = space.parameters[k].coordinate(scales)
        return space.clipped(x)

    @property
    def _fine(self) -> Array:
        """All frequencies at which the model is asked (n q + 1,), Hz: the last is 0."""
        return np.append((self.frequency[:, None] + self.window.offsets).ravel(), 0.0)

    def _averaged(self, fine: Array) -> Array:
        """Return spectra (k, n q) averaged by the window, (k, n)."""
        return fine.reshape(len(fine), self.frequency.size, -1) @ self.window.weights

    def _observation(self, x: Array) -> dict[str, Array]:
        """Return scale, background and exponent at ``x`` (k, d), each (k,)."""
        values, space = self.family.space.values(x), self.family.space
        return {
            name: values[:, space.place(name)] if name in space.names else np.full(len(x), self.fixed[name])
            for name in ("scale", "background", "exponent")
        }
