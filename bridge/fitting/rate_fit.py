"""A rate time course and a model as a problem of fitting: the model itself runs on the stimulus, nothing linearised."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...meanfield.dynamics.system import index_of
from ..recordings import RateCourse, RecordingError
from .free_choice import Free, free_parameters
from .free_parameter import FreeParameter, ParameterSpace
from .likelihood import PoissonLikelihood
from .model_batch import ModelFamily
from .problem import Problem, slopes_by_differences
from .steady_following import Anchor, anchor_at, follow, moved_anchor, stable_anchors
from .transfer_fit import check_rate_unit

Array = NDArray[Any]

_LONGEST_STEP = 1e-3


@dataclass(frozen=True)
class PredictedCourse:
    """scale x the mean over each bin of the model's output, run on the stimulus from its steady state before it.

    Parameters
    ----------
    family : ModelFamily
        The model with the first value of the stimulus as operating input.
    stimulus : (n,) array
        Value of the input in each bin, SI.
    bin : float
        Width of a bin, s.
    output, drive : str
        Names of the output and the input.
    """

    family: ModelFamily
    stimulus: Array
    bin: float
    output: str
    drive: str

    def anchor(self, x: Array, branch: int = 0) -> Anchor:
        """Return the steady state before the stimulus at ``x`` (d,) on a branch."""
        return anchor_at(self.family, x, branch)

    def moved(self, anchor: Anchor, x: Array) -> Anchor:
        """Return the anchor followed to ``x`` (d,)."""
        return moved_anchor(self.family, anchor, x)

    def branches(self, x: Array) -> list[tuple[int, Anchor]]:
        """Return the place and the anchor of every stable branch of steady states at ``x`` (d,)."""
        return stable_anchors(self.family, x)

    def predict(self, anchor: Anchor, x: Array) -> Array:
        """Return the rates at ``x`` (k, d), (k, n), Hz; NaN where there is no steady state to begin at."""
        states = follow(self.family, anchor, x)[1]
        space = self.family.space
        scale = space.values(x)[:, space.place("scale")] if "scale" in space.names else np.ones(len(x))
        rates = np.full((len(x), self.stimulus.size), np.nan)
        for k in np.flatnonzero(np.all(np.isfinite(states), axis=1)):
            rates[k] = scale[k] * self._run(self.family.model_at(x[k]), states[k])
        return np.where(rates > 0, rates, np.nan)

    def _run(self, model: Any, state: Array) -> Array:
        steps = int(np.ceil(self.bin / _LONGEST_STEP - 1e-9))
        steps = max(steps, 4)
        course = model.simulate(
            self.bin * self.stimulus.size,
            self.bin / steps,
            inputs={self.drive: np.repeat(self.stimulus, steps)},
            initial=state,
        )
        values = np.asarray(course[self.output].values, dtype=float)
        if values.size > steps * self.stimulus.size:
            values = (values[:-1] + values[1:]) / 2
        return values.reshape(self.stimulus.size, steps).mean(axis=1)

    def with_slopes(self, anchor: Anchor, x: Array) -> tuple[Array, Array]:
        """Return the rates at one ``x`` (d,) and their derivatives, by central differences."""
        at = self.moved(anchor, x)
        return self.predict(at, x[None])[0], slopes_by_differences(self, at, x, self.family.space)

    def matched(self, anchor: Anchor, x: Array, likelihood: PoissonLikelihood) -> Array:
        """Return ``x`` as it is."""
        del anchor, likelihood
        return x


def rate_problem(
    course: RateCourse,
    model: Any,
    name: str,
    free: Free | None = None,
    *,
    output: str | None = None,
    input: str | None = None,
    scale: tuple[float, float] | None = None,
) -> tuple[Problem, Array]:
    """Return the problem of fitting ``model`` to a rate ``course``, and where its search begins (d,).

    Parameters
    ----------
    course : RateCourse
        The data with their stimulus.
    model, name : MassModel, str
        The model and its name in the registry.
    free : sequence or mapping, optional
        See `free_parameters`.
    output, input : str, optional
        The rate, and the input that was driven; the model's first of each if left out.
    scale : (float, float), optional
        Bounds of a factor on the output, Hz per unit of it, where that is not in Hz.

    Raises
    ------
    RecordingError
        If a name is no parameter, units do not fit, or there is no stimulus.
    """
    kind = type(model)
    place = 0 if output is None else index_of(kind.OUTPUTS, output, f"{kind.__name__}, output")
    drive = kind.INPUTS[0 if input is None else index_of(kind.INPUTS, input, f"{kind.__name__}, input")]
    if course.stimulus is None:
        raise RecordingError("rate course: no stimulus; add a column stimulus, the input of the model in each bin.")
    if drive.unit != course.stimulus_unit:
        raise RecordingError(
            f"rate course: stimulus in {course.stimulus_unit}, the input {drive.name} in {drive.unit}; convert it."
        )
    check_rate_unit(kind, place, scale)
    own = free_parameters(model, name, "rate", free)
    extra = () if scale is None else (FreeParameter("scale", "Hz/model", *scale),)
    space = ParameterSpace((*own, *extra))
    family = ModelFamily(model.with_changed(**{drive.name: float(course.stimulus[0])}), space)
    prediction = PredictedCourse(family, course.stimulus, course.step, kind.OUTPUTS[place].name, drive.name)
    first = {parameter.name: getattr(model, parameter.name) for parameter in own}
    if scale is not None:
        first["scale"] = (scale[0] * scale[1]) ** 0.5
    exposure = np.full(course.count.size, course.cells * course.step)
    likelihood = PoissonLikelihood(course.count, exposure, course.fano)
    return Problem(space, prediction, likelihood), space.clipped(space.coordinates(first))
