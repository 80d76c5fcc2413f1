"""An evoked response and a model as a problem of fitting: the linear response to a brief pulse of one input."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...meanfield.dynamics.system import index_of
from ..estimate import EstimateRefused
from ..recordings import EvokedResponse, RecordingError
from .free_choice import Free, free_parameters
from .free_parameter import FreeParameter, ParameterSpace, Scale
from .likelihood import GaussianLikelihood
from .linear_response import transfer_sensitivity
from .model_batch import ModelFamily
from .problem import Problem
from .reduced_system import ReducedSystem
from .steady_following import Anchor, anchor_at, follow, moved_anchor, stable_anchors

Array = NDArray[Any]

_DAMPING = 12.0  # of what the inversion wraps around, as a power of e
_REACH = 6.5  # of the pulse's spectrum, in inverse widths


@dataclass(frozen=True)
class PredictedEvoked:
    """scale x the response to a Gaussian pulse of unit area, centred at ``latency`` after the stimulus, at ``time``.

    Source: robinson1997 (linear responses); abate1995 (inversion of the Laplace transform by a Fourier series).
    Assumptions: a response small enough to be linear; the pulse stands for all that lies between stimulus and model.

    Parameters
    ----------
    family : ModelFamily
        The model and what is free.
    time : (n,) array
        s.
    output, drive : int
        Places of the recorded output and of the input that is pushed.
    width : float
        Standard deviation of the pulse, s.
    latency : float
        Its delay where that is not free, s.
    """

    family: ModelFamily
    time: Array
    output: int
    drive: int
    width: float
    latency: float

    def anchor(self, x: Array, branch: int = 0) -> Anchor:
        """Return the steady state at ``x`` (d,) on a branch."""
        return anchor_at(self.family, x, branch)

    def moved(self, anchor: Anchor, x: Array) -> Anchor:
        """Return the anchor followed to ``x`` (d,)."""
        return moved_anchor(self.family, anchor, x)

    def branches(self, x: Array) -> list[tuple[int, Anchor]]:
        """Return the place and the anchor of every stable branch of steady states at ``x`` (d,)."""
        return stable_anchors(self.family, x)

    def predict(self, anchor: Anchor, x: Array) -> Array:
        """Return the response at ``x`` (k, d), (k, n); NaN where the branch has ended or is unstable."""
        batch, states = follow(self.family, anchor, x)
        total = np.full((len(x), self.time.size), np.nan)
        usable = np.flatnonzero(np.all(np.isfinite(states), axis=1))
        if not usable.size:
            return total
        linear = ReducedSystem.of(batch.take(usable).linearised(states[usable]))
        stable = np.flatnonzero(linear.stable())
        usable, linear = usable[stable], linear.take(stable)
        if usable.size:
            s, basis = self._inversion
            scale, latency = self._own(x[usable])
            pulse = np.exp((s * self.width) ** 2 / 2 - s * latency[:, None])
            total[usable] = scale[:, None] * np.real((linear.transfer(s, self.output, self.drive) * pulse) @ basis)
        return total

    def with_slopes(self, anchor: Anchor, x: Array) -> tuple[Array, Array]:
        """Return the response at one ``x`` (d,), (n,), and its derivatives by the coordinates (n, d)."""
        (s, basis), space = self._inversion, self.family.space
        (scale,), (latency,) = self._own(x[None])
        found = transfer_sensitivity(self.family, self.moved(anchor, x), s, self.output, self.drive)
        pulse = np.exp((s * self.width) ** 2 / 2 - s * latency)
        shape = np.real((found.value * pulse) @ basis)
        slopes = scale * np.real((found.slopes * pulse[:, None]).T @ basis).T
        late = -scale * np.real((found.value * pulse * s) @ basis)
        for name, slope in (("scale", shape), ("latency", late)):
            if name in space.names:
                k = space.place(name)
                slopes[:, k] = slope * float(space.parameters[k].slope(x[k]))
        return scale * shape, slopes

    def matched(self, anchor: Anchor, x: Array, likelihood: GaussianLikelihood) -> Array:
        """Return ``x`` (k, d) with the scales that fit best."""
        space = self.family.space
        x, k = x.copy(), space.place("scale")
        x[:, k] = 1.0
        weights = 1 / likelihood.standard_error**2
        shapes = self.predict(anchor, x)
        found = np.all(np.isfinite(shapes), axis=1)
        power = np.maximum((shapes[found] ** 2) @ weights, 1e-300)
        x[found, k] = (shapes[found] @ (weights * likelihood.measured)) / power
        return space.clipped(x)

    @property
    def _inversion(self) -> tuple[Array, Array]:
        """Return the points s (f,) of the transform, 1/s, and what carries it to the times (f, n)."""
        period = 2 * (float(self.time.max()) + 12 * self.width + max(0.0, -float(self.time.min())))
        count = int(np.ceil(_REACH / self.width * period / (2 * np.pi)))
        s = _DAMPING / period + 2j * np.pi * np.arange(count + 1) / period
        basis = np.exp(np.outer(s, self.time)) * 2 / period
        basis[0] /= 2
        return s, basis

    def _own(self, x: Array) -> tuple[Array, Array]:
        """Return scale and latency at ``x`` (k, d), each (k,)."""
        space, values = self.family.space, self.family.space.values(x)
        late = values[:, space.place("latency")] if "latency" in space.names else np.full(len(x), self.latency)
        return values[:, space.place("scale")], late


def evoked_problem(
    response: EvokedResponse,
    model: Any,
    name: str,
    free: Free | None = None,
    *,
    output: str | None = None,
    input: str | None = None,
    width: float = 5e-3,
    latency: tuple[float, float] | float = 0.02,
) -> tuple[Problem, Array]:
    """Return the problem of fitting ``model`` to an evoked ``response``, and where its search begins (d,).

    Parameters
    ----------
    response : EvokedResponse
        The data.
    model, name : MassModel, str
        The model and its name in the registry.
    free : sequence or mapping, optional
        See `free_parameters`.
    output, input : str, optional
        What is recorded and what is pushed; the model's first of each if left out.
    width : float
        Standard deviation of the pulse, s.
    latency : float or (float, float)
        Delay of the pulse, s: a number, or bounds between which it is free.

    Raises
    ------
    RecordingError
        If a name is no parameter, or no time lies after the stimulus.
    """
    if response.time[-1] <= 0:
        raise RecordingError("evoked response: no sample lies after the stimulus at time 0; shift the time axis.")
    kind = type(model)
    places = (
        0 if output is None else index_of(kind.OUTPUTS, output, f"{kind.__name__}, output"),
        0 if input is None else index_of(kind.INPUTS, input, f"{kind.__name__}, input"),
    )
    own = free_parameters(model, name, "evoked", free)
    first = {parameter.name: getattr(model, parameter.name) for parameter in own}
    extra = []
    if isinstance(latency, tuple):
        extra.append(FreeParameter("latency", "s", *latency, Scale.LINEAR))
        first["latency"] = (latency[0] + latency[1]) / 2
    fixed = 0.0 if isinstance(latency, tuple) else float(latency)
    likelihood = GaussianLikelihood(response.value, np.asarray(response.standard_error))

    def prediction(bound: float) -> PredictedEvoked:
        scale = FreeParameter("scale", f"{response.unit}/model", -bound, bound, Scale.LINEAR)
        return PredictedEvoked(
            ModelFamily(model, ParameterSpace((*own, *extra, scale))), response.time, *places, width, fixed
        )

    wide = prediction(1e30)
    x = wide.family.space.coordinates({**first, "scale": 1.0})
    matched = wide.matched(wide.anchor(x), x[None], likelihood)[0]
    size = abs(float(matched[-1]))
    if not (np.isfinite(size) and size > 0):
        raise EstimateRefused("evoked response: the model as given has no response to this input; choose another one.")
    narrow = prediction(1e3 * size)
    return Problem(narrow.family.space, narrow, likelihood), matched
