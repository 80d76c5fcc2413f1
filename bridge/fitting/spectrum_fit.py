"""A power spectrum and a model as a problem of fitting."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...meanfield.dynamics.system import index_of
from ..recordings import Spectrum
from .cortical_sheet import CorticalSheet
from .fence import FencedSpectrum
from .free_choice import Free, free_parameters
from .free_parameter import FreeParameter, ParameterSpace, Scale
from .likelihood import GammaLikelihood
from .model_batch import ModelFamily
from .predicted_spectrum import PredictedSpectrum
from .problem import Problem

Array = NDArray[Any]

_SCALES = (1e-4, 1e4)
_BACKGROUNDS = (1e-3, 10.0)


@dataclass(frozen=True, kw_only=True)
class SpectrumReading:
    """How the model shows in a spectrum.

    Parameters
    ----------
    output, input : str, optional
        What is recorded and where the white noise enters; the model's first of each if left out.
    background : bool
        Whether a 1/f^exponent background of the measurement is fitted beside the model.
    sheet : CorticalSheet, optional
        Sum over the waves of a sheet (corticothalamic field only); the uniform mode if left out.
    """

    output: str | None = None
    input: str | None = None
    background: bool = False
    sheet: CorticalSheet | None = None
    fixed: dict[str, float] = field(default_factory=dict)


def spectrum_problem(
    spectrum: Spectrum,
    model: Any,
    name: str,
    free: Free | None = None,
    reading: SpectrumReading | None = None,
) -> tuple[Problem, Array]:
    """Return the problem of fitting ``model`` to ``spectrum``, and where its search begins (d,).

    The scale (the strength of the noise times the gain of the electrode) is free within a factor of 10^4 of the one
    that the model as given would need; the background at 10 Hz between a thousandth and ten times the median density.

    Raises
    ------
    RecordingError
        If a name is no parameter.
    EstimateRefused
        If the model as given has no stable lowest steady state.
    """
    reading = reading or SpectrumReading()
    own = free_parameters(model, name, "spectrum", free)
    output, drive = _places(model, reading)
    bare = _prediction(spectrum, model, own, _unit_scale(), output, drive, reading)
    start = {parameter.name: getattr(model, parameter.name) for parameter in own}
    x = bare.family.space.coordinates({**start, "scale": 1.0})
    shape = bare.predict(bare.anchor(x), x[None])[0, :-1]
    scale = float(np.exp(np.median(np.log(spectrum.power / shape))))
    nuisances = [FreeParameter("scale", f"({spectrum.unit})/model", scale * _SCALES[0], scale * _SCALES[1])]
    first = {**start, "scale": scale}
    if reading.background:
        level = float(np.median(spectrum.power))
        low, high = (level * factor for factor in _BACKGROUNDS)
        nuisances.append(FreeParameter("background", spectrum.unit, low, high))
        nuisances.append(FreeParameter("exponent", "1", 0.0, 4.0, Scale.LINEAR))
        first |= {"background": 0.1 * level, "exponent": 1.0}
    prediction = _prediction(spectrum, model, own, tuple(nuisances), output, drive, reading)
    likelihood = FencedSpectrum(GammaLikelihood(spectrum.power, np.asarray(spectrum.degrees)))
    space = prediction.family.space
    return Problem(space, prediction, likelihood), space.clipped(space.coordinates(first))


def _unit_scale() -> tuple[FreeParameter, ...]:
    return (FreeParameter("scale", "1", 1e-3, 1e3),)


def _prediction(
    spectrum: Spectrum,
    model: Any,
    own: tuple[FreeParameter, ...],
    nuisances: tuple[FreeParameter, ...],
    output: int,
    drive: int,
    reading: SpectrumReading,
) -> PredictedSpectrum:
    space = ParameterSpace((*own, *nuisances))
    fixed = {"scale": 1.0, "background": 0.0, "exponent": 0.0, **reading.fixed}
    family = ModelFamily(model, space)
    return PredictedSpectrum(family, spectrum.frequency, spectrum.window, output, drive, reading.sheet, fixed)


def _places(model: Any, reading: SpectrumReading) -> tuple[int, int]:
    kind = type(model)
    name = f"{kind.__name__} seen in a spectrum"
    output = 0 if reading.output is None else index_of(kind.OUTPUTS, reading.output, name)
    return output, 0 if reading.input is None else index_of(kind.INPUTS, reading.input, name)
