"""The correlations between regions that a network of one model should show, by linear noise about its steady state."""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import block_diag, solve_continuous_lyapunov

from ..estimate import EstimateRefused
from .model_batch import BatchLinearisation, ModelBatch, ModelFamily
from .problem import slopes_by_differences
from .steady_following import anchor_at

Array = NDArray[Any]
Fluctuations = Literal["all", "slow", "band"]

_ROUNDS = 30
_SETTLED = 1e-10
_STEPS = (1, 4, 16)
_BAND_POINTS = 24


@dataclass(frozen=True)
class NetworkAnchor:
    """Steady states (nodes, n) of all regions at coordinates ``x`` (d,), and the natural size (n,) of a region's."""

    x: Array
    state: Array
    size: Array


@dataclass(frozen=True)
class PredictedConnectivity:
    """Fisher's z of the correlations of one signal between all pairs of regions.

    Source: deco2013 (linear noise about the steady state); galan2008.
    Assumptions: every region is the same model but for its connections and, where ``rest_rate`` is given, its feedback
    inhibition; independent white noise of one strength; small fluctuations.

    Parameters
    ----------
    family : ModelFamily
        The model of a region and what is free; "coupling" is input unit per unit of the sent signal and connection.
    structure : (nodes, nodes) array
        Connections from column to row.
    sent, observed : Signal
        What connections carry and what is correlated.
    drive : int
        Place of the input at which connections arrive.
    noise : tuple of int
        Places of the noisy inputs.
    fluctuations : str
        "all": the covariance at one time, by the Lyapunov equation, delays neglected; "slow": the limit of zero
        frequency, as slow as a BOLD signal, where delays do not matter; "band": the cross spectra summed over ``band``.
    band : (float, float)
        Hz.
    delays : (nodes, nodes) array or None
        Of the connections, s; used in a band only.
    coupling : float
        Where it is not free.
    rest_rate : float or None
        Rate (Hz) at which feedback inhibition holds every region, for a model that can tune it; None for no tuning.
    """

    family: ModelFamily
    structure: Array
    sent: "SignalPlace"
    observed: "SignalPlace"
    drive: int
    noise: tuple[int, ...]
    fluctuations: Fluctuations
    band: tuple[float, float]
    delays: Array | None
    coupling: float
    rest_rate: float | None

    def anchor(self, x: Array, branch: int = 0) -> NetworkAnchor:
        """Return the steady state that begins at an uncoupled region's on a branch, the coupling turned up from 0."""
        family = self.family
        if self.rest_rate is not None:
            tuned = family.model_at(x).tuned_inhibition(self.rest_rate, 0.0)
            family = ModelFamily(family.model_at(x).with_changed(inhibition=float(tuned)), family.space)
        alone = anchor_at(family, x, branch)
        state, nodes = np.repeat(alone.state[None], len(self.structure), axis=0), len(self.structure)
        for part in np.linspace(0, 1, 17)[1:]:
            found = self._settled(x, state, alone.size, part)
            if found is None:
                raise EstimateRefused(
                    f"network of {nodes} regions: its steady state ends at {part:.2g} of the coupling; lower it."
                )
            state = found
        return NetworkAnchor(x, state, alone.size)

    def moved(self, anchor: NetworkAnchor, x: Array) -> NetworkAnchor:
        """Return the anchor followed to ``x`` (d,)."""
        state = self._followed(anchor, x)
        if state is None:
            raise EstimateRefused("The network's steady state ends on the way to these parameters; start nearer.")
        return NetworkAnchor(x, state, anchor.size)

    def branches(self, x: Array) -> list[tuple[int, NetworkAnchor]]:
        """Return nothing: all steady states of a network are not to be had."""
        del x
        return []

    def predict(self, anchor: NetworkAnchor, x: Array) -> Array:
        """Return Fisher's z of all pairs at ``x`` (k, d), (k, pairs); NaN where no state is stable."""
        pairs = np.triu_indices(len(self.structure), 1)
        total = np.full((len(x), pairs[0].size), np.nan)
        for k, row in enumerate(x):
            state = self._followed(anchor, row)
            correlation = None if state is None else self.correlation(row, state)
            if correlation is not None:
                total[k] = np.arctanh(np.clip(correlation[pairs], -1 + 1e-12, 1 - 1e-12))
        return total

    def with_slopes(self, anchor: NetworkAnchor, x: Array) -> tuple[Array, Array]:
        """Return Fisher's z at one ``x`` (d,) and its derivatives by central differences."""
        at = self.moved(anchor, x)
        return self.predict(at, x[None])[0], slopes_by_differences(self, at, x, self.family.space)

    def matched(self, anchor: NetworkAnchor, x: Array, likelihood: Any) -> Array:
        """Return ``x`` as it is: correlations have no scale."""
        del anchor, likelihood
        return x

    def correlation(self, x: Array, state: Array) -> Array | None:
        """Return the correlations (nodes, nodes) about the steady ``state`` (nodes, n), or None if it is unstable."""
        linear = self._linear(x, state, 1.0)[1]
        whole = self._whole(linear, self._weights(x))
        if np.linalg.eigvals(whole).real.max() >= 0:
            return None
        push: Any = block_diag(*linear.drive[:, :, list(self.noise)])
        read: Any = block_diag(*self.observed.row(linear))
        if self.fluctuations == "slow":
            response = read @ np.linalg.solve(whole, push)
            covariance = response @ response.T
        elif self.fluctuations == "all":
            covariance = read @ solve_continuous_lyapunov(whole, -push @ push.T) @ read.T
        else:
            covariance = self._in_band(x, linear, push, read)
        spread = np.sqrt(np.diag(covariance))
        return covariance / np.outer(spread, spread)

    def _in_band(self, x: Array, linear: BatchLinearisation, push: Array, read: Array) -> Array:
        """Return the covariance of what lies in the band: the cross spectra at Gauss-Legendre points, summed."""
        nodes, weights = np.polynomial.legendre.leggauss(_BAND_POINTS)
        low, high = self.band
        total = np.zeros((len(self.structure), len(self.structure)))
        for node, weight in zip(nodes, weights, strict=True):
            omega = np.pi * (low + high + node * (high - low))
            late = 1.0 if self.delays is None else np.exp(-1j * omega * self.delays)
            whole = self._whole(linear, self._weights(x) * late)
            response = read @ np.linalg.solve(1j * omega * np.eye(len(whole)) - whole, push.astype(complex))
            total += weight * np.real(response @ response.conj().T)
        return total

    def _weights(self, x: Array) -> Array:
        space = self.family.space
        free = "coupling" in space.names
        coupling = float(space.values(x)[space.place("coupling")]) if free else self.coupling
        return coupling * self.structure

    def _batch(self, x: Array, part: float) -> ModelBatch:
        """Return the model of every region, with its inhibition tuned if that is asked for."""
        nodes, model = len(self.structure), self.family.model_at(x)
        single = self.family.batch(x[None])
        parameters = np.repeat(single.parameters, nodes, axis=1)
        if self.rest_rate is not None:
            strength = part * self._weights(x).sum(axis=1) / model.nmda_weight
            tuned = model.tuned_inhibition(self.rest_rate, strength)
            own = [model.with_changed(inhibition=float(value)).parameters for value in tuned]
            parameters = np.array(own, dtype=float).T
        return ModelBatch(
            single.system,
            parameters,
            np.repeat(single.operating, nodes, axis=1),
            np.repeat(single.delays, nodes, axis=1),
        )

    def _linear(self, x: Array, state: Array, part: float) -> tuple[ModelBatch, BatchLinearisation]:
        """Return the regions with what arrives at them, and their linear systems."""
        batch = self._batch(x, part)
        operating = batch.operating.copy()
        operating[self.drive] += part * self._weights(x) @ self.sent.value(batch, state)
        batch = replace(batch, operating=operating)
        return batch, batch.linearised(state)

    def _whole(self, linear: BatchLinearisation, weights: Array) -> Array:
        """Return the Jacobian of the whole network (nodes n, nodes n) for given connection weights."""
        nodes, n = linear.state.shape[:2]
        own = block_diag(*(linear.state + linear.delayed.sum(axis=1)))
        arrive, leave = linear.drive[:, :, self.drive], self.sent.row(linear)[:, 0]
        between = weights[:, None, :, None] * arrive[:, :, None, None] * leave[None, None]
        return own + between.reshape(nodes * n, nodes * n)

    def _followed(self, anchor: NetworkAnchor, x: Array) -> Array | None:
        """Return the steady state at ``x``, the straight path from the anchor walked in as many steps as it takes."""
        for steps in _STEPS:
            state: Array | None = anchor.state
            for step in range(1, steps + 1):
                state = self._settled(anchor.x + (x - anchor.x) * step / steps, state, anchor.size, 1.0)
                if state is None:
                    break
            if state is not None:
                return state
        return None

    def _settled(self, x: Array, state: Array | None, size: Array, part: float) -> Array | None:
        """Return the steady state next to ``state`` by Newton's method, or None if it does not come to rest nearby."""
        if state is None:
            return None
        start = state
        for _ in range(_ROUNDS):
            batch, linear = self._linear(x, state, part)
            whole = self._whole(linear, part * self._weights(x))
            step = np.linalg.solve(whole, batch.flow(state).ravel()).reshape(state.shape)
            longest = float(np.max(np.abs(step) / size))
            if not np.isfinite(longest) or np.max(np.abs(state - start) / size) > 10:
                return None
            state = state - step * min(1.0, 1.0 / max(longest, 1e-300))
            if longest < _SETTLED:
                return state
        return None


@dataclass(frozen=True)
class SignalPlace:
    """A signal of a model: its output or its variable number ``place``."""

    place: int
    is_output: bool

    def value(self, batch: ModelBatch, state: Array) -> Array:
        """Return the signal of each region (nodes,) at states (nodes, n)."""
        return batch.outputs(state)[:, self.place] if self.is_output else state[:, self.place]

    def row(self, linear: BatchLinearisation) -> Array:
        """Return its derivative by the state of each region (nodes, 1, n)."""
        if self.is_output:
            return (linear.output + linear.output_delayed.sum(axis=1))[:, self.place, None]
        row = np.zeros((len(linear.state), 1, linear.state.shape[-1]))
        row[:, 0, self.place] = 1
        return row
