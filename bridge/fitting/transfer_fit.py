"""A transfer curve (rate against steady input) and a model as a problem of fitting."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...meanfield.dynamics.system import index_of
from ..recordings import RecordingError, TransferCurve
from .free_choice import Free, free_parameters
from .free_parameter import FreeParameter, ParameterSpace
from .likelihood import PoissonLikelihood
from .model_batch import ModelFamily
from .problem import Problem, slopes_by_differences
from .steady_following import Anchor, anchor_at, follow, moved_anchor, stable_anchors

Array = NDArray[Any]


@dataclass(frozen=True)
class Anchors:
    """The steady states of all levels: what `Anchor` is for one."""

    levels: tuple[Anchor, ...]

    @property
    def state(self) -> Array:
        """All states, one after the other."""
        return np.concatenate([anchor.state for anchor in self.levels])

    @property
    def size(self) -> Array:
        """Their natural sizes."""
        return np.concatenate([anchor.size for anchor in self.levels])


@dataclass(frozen=True)
class PredictedCurve:
    """scale x the model's steady output at each level of one input.

    Assumptions: each level was held until the population had settled on the same branch of steady states.

    Parameters
    ----------
    families : tuple of ModelFamily
        The model at each level.
    output : int
        Place of the output.
    """

    families: tuple[ModelFamily, ...]
    output: int

    @property
    def space(self) -> ParameterSpace:
        """What is free."""
        return self.families[0].space

    def anchor(self, x: Array, branch: int = 0) -> Anchors:
        """Return the steady states of all levels at ``x`` (d,) on a branch."""
        return Anchors(tuple(anchor_at(family, x, branch) for family in self.families))

    def moved(self, anchor: Anchors, x: Array) -> Anchors:
        """Return the anchors followed to ``x`` (d,)."""
        pairs = zip(self.families, anchor.levels, strict=True)
        return Anchors(tuple(moved_anchor(family, level, x) for family, level in pairs))

    def branches(self, x: Array) -> list[tuple[int, Anchors]]:
        """Return the place and the anchors of every branch that is stable at all levels."""
        found = [dict(stable_anchors(family, x)) for family in self.families]
        shared = sorted(set.intersection(*(set(level) for level in found)))
        return [(place, Anchors(tuple(level[place] for level in found))) for place in shared]

    def predict(self, anchor: Anchors, x: Array) -> Array:
        """Return the rates at ``x`` (k, d), (k, n); NaN where a branch has ended."""
        rates = []
        for family, level in zip(self.families, anchor.levels, strict=True):
            batch, states = follow(family, level, x)
            rates.append(np.where(np.isnan(states[:, 0]), np.nan, batch.outputs(np.nan_to_num(states))[:, self.output]))
        scale = self.space.values(x)[:, self.space.place("scale")] if "scale" in self.space.names else np.ones(len(x))
        found = scale[:, None] * np.stack(rates, axis=1)
        return np.where(found > 0, found, np.nan)

    def with_slopes(self, anchor: Anchors, x: Array) -> tuple[Array, Array]:
        """Return the rates at one ``x`` (d,) and their derivatives, by central differences."""
        at = self.moved(anchor, x)
        return self.predict(at, x[None])[0], slopes_by_differences(self, at, x, self.space)

    def matched(self, anchor: Anchors, x: Array, likelihood: PoissonLikelihood) -> Array:
        """Return ``x`` (k, d) with the scales, if free, at which the total counts agree."""
        if "scale" not in self.space.names:
            return x
        x, k = x.copy(), self.space.place("scale")
        now = np.sum(self.predict(anchor, x) * likelihood.exposure, axis=1)
        found = np.isfinite(now) & (now > 0)
        x[found, k] += np.log(max(float(likelihood.count.sum()), 0.5) / now[found])
        return self.space.clipped(x)


def transfer_problem(
    curve: TransferCurve,
    model: Any,
    name: str,
    free: Free | None = None,
    *,
    output: str | None = None,
    input: str | None = None,
    scale: tuple[float, float] | None = None,
) -> tuple[Problem, Array]:
    """Return the problem of fitting ``model`` to a transfer ``curve``, and where its search begins (d,).

    Parameters
    ----------
    curve : TransferCurve
        The data.
    model, name : MassModel, str
        The model and its name in the registry.
    free : sequence or mapping, optional
        See `free_parameters`.
    output, input : str, optional
        The rate, and the input that was set; the model's first of each if left out.
    scale : (float, float), optional
        Bounds of a factor on the output, Hz per unit of it, where that is not in Hz.

    Raises
    ------
    RecordingError
        If a name is no parameter, or units do not fit.
    """
    kind = type(model)
    place = 0 if output is None else index_of(kind.OUTPUTS, output, f"{kind.__name__}, output")
    drive = kind.INPUTS[0 if input is None else index_of(kind.INPUTS, input, f"{kind.__name__}, input")]
    if drive.unit != curve.level_unit:
        raise RecordingError(f"transfer curve: levels in {curve.level_unit}, the input {drive.name} in {drive.unit}.")
    check_rate_unit(kind, place, scale)
    own = free_parameters(model, name, "transfer", free)
    extra = () if scale is None else (FreeParameter("scale", "Hz/model", *scale),)
    space = ParameterSpace((*own, *extra))
    families = tuple(ModelFamily(model.with_changed(**{drive.name: level}), space) for level in curve.level)
    first = {parameter.name: getattr(model, parameter.name) for parameter in own}
    if scale is not None:
        first["scale"] = (scale[0] * scale[1]) ** 0.5
    likelihood = PoissonLikelihood(curve.count, np.asarray(curve.exposure), curve.fano)
    return Problem(space, PredictedCurve(families, place), likelihood), space.clipped(space.coordinates(first))


def check_rate_unit(kind: Any, place: int, scale: Any) -> None:
    """Refuse counts of an output that is no rate, unless a scale is given."""
    output = kind.OUTPUTS[place]
    if output.unit != "Hz" and scale is None:
        raise RecordingError(
            f"{kind.__name__}: the output {output.name} is in {output.unit}, counts need Hz; name a rate, or give "
            "scale= (bounds of Hz per unit of it)."
        )
