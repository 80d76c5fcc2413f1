"""A mass model whose parameters come from cells: each with its interval and source, and what it cannot express."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..estimate import Estimate

Array = NDArray[np.floating]
Source = Literal["estimated", "derived", "published", "chosen"]


@dataclass(frozen=True, kw_only=True)
class CalibratedParameter:
    """One parameter of a mass model.

    Parameters
    ----------
    name : str
        Field of the model.
    estimate : Estimate
        Value, standard error, interval and unit; the error is 0 where the cells do not determine the parameter.
    source : str
        ``"estimated"`` from cells, ``"derived"`` from estimated ones by an identity, ``"published"`` with the model, or
        ``"chosen"`` to place the operating point.
    note : str
        How it was found.
    """

    name: str
    estimate: Estimate
    source: Source
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Misfit:
    """Something the target model cannot express, with what this costs; None where a cost does not apply.

    Parameters
    ----------
    name : str
        What is lost.
    sentence : str
        The same for a reader.
    rate_error : float or None
        Rms over the operating range, Hz.
    gain_error : float or None
        Relative error of the slope at the operating point, 1.
    spectrum_error : float or None
        Rms of log10 of the ratio of the kernels' |H|^2 below the cutoff of the estimated kernel, 1.
    """

    name: str
    sentence: str
    rate_error: float | None = None
    gain_error: float | None = None
    spectrum_error: float | None = None


@dataclass(frozen=True, kw_only=True)
class ParameterChange:
    """How a parameter differs from that of the untouched population.

    Parameters
    ----------
    name : str
        Of the parameter.
    difference : Estimate
        Value minus that of the untouched population.
    ratio : Estimate or None
        Value over that of the untouched population, 1; None where signs differ.
    paired : bool
        Whether both conditions share groups of cells that heard the same noise, so that it leaves the difference;
        otherwise the errors of both are taken as independent.
    """

    name: str
    difference: Estimate
    ratio: Estimate | None
    paired: bool


@dataclass(frozen=True, kw_only=True)
class CalibratedModel:
    """One target model for one condition.

    Parameters
    ----------
    model : str
        Name of the target, e.g. ``"wilson-cowan"``.
    condition, mechanism, mode, amount
        The condition; see `EstimatedPopulation`.
    parameters : tuple of CalibratedParameter
        Every parameter of the model.
    covariance : (k, k) array
        Covariance in the order of ``parameters``, SI.
    instance : MassModel or EmpiricalMass
        The model itself, of its own class, which runs.
    misfits : tuple of Misfit
        What it cannot express.
    changes : tuple of ParameterChange
        Changes against the untouched population; none for that population itself.
    """

    model: str
    condition: str
    mechanism: str = ""
    mode: str = ""
    amount: float = 0.0
    parameters: tuple[CalibratedParameter, ...]
    covariance: Any
    instance: Any
    misfits: tuple[Misfit, ...] = ()
    changes: tuple[ParameterChange, ...] = ()

    def __post_init__(self) -> None:
        covariance = np.array(self.covariance, dtype=float)
        if covariance.shape != (len(self.parameters),) * 2:
            raise ValueError(
                f"CalibratedModel.covariance: shape {covariance.shape} for {len(self.parameters)} parameters; give one "
                "row and one column per parameter."
            )
        covariance.setflags(write=False)
        object.__setattr__(self, "covariance", covariance)

    def parameter(self, name: str) -> CalibratedParameter:
        """Return the parameter of this name.

        Raises
        ------
        ValueError
            If there is none.
        """
        for one in self.parameters:
            if one.name == name:
                return one
        known = ", ".join(one.name for one in self.parameters)
        raise ValueError(f"{self.model}: there is no parameter {name!r}; it has: {known}.")

    def values(self) -> dict[str, float]:
        """Return the value of every parameter, SI."""
        return {one.name: one.estimate.value for one in self.parameters}


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """A target model for the untouched population and for every modulated condition.

    Parameters
    ----------
    title : str
        Of the study.
    models : tuple of CalibratedModel
        The untouched population first.
    cell : dict
        The population it was made for: plain JSON, SI, units named.
    validity : tuple of dict
        Checks of the theory behind it: sentence, value, bounds, ok.
    citation : tuple of str
        Keys of the bibliography.
    provenance : dict
        Version, seed and date of the study.
    """

    title: str
    models: tuple[CalibratedModel, ...]
    cell: dict[str, Any]
    validity: tuple[dict[str, Any], ...] = ()
    citation: tuple[str, ...] = ()
    provenance: dict[str, Any]

    @property
    def base(self) -> CalibratedModel:
        """The model of the untouched population."""
        return self.models[0]

    def condition(self, name: str) -> CalibratedModel:
        """Return the model of a condition.

        Raises
        ------
        ValueError
            If there is none of that name.
        """
        for model in self.models:
            if model.condition == name:
                return model
        known = ", ".join(model.condition for model in self.models)
        raise ValueError(f"Calibration: there is no condition {name!r}; there are: {known}.")
