"""Functional connectivity and a network of one model as a problem of fitting."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...meanfield.dynamics.system import index_of
from ..recordings import FunctionalConnectivity, RecordingError
from .free_choice import Free, free_parameters
from .free_parameter import FreeParameter, ParameterSpace, Scale
from .likelihood import GaussianLikelihood
from .model_batch import ModelFamily
from .predicted_connectivity import Fluctuations, PredictedConnectivity, SignalPlace
from .problem import Problem

Array = NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class NetworkReading:
    """How a network shows in correlations.

    Parameters
    ----------
    coupling : float or (float, float)
        Input unit per unit of the sent signal and of the largest connection: a number, or bounds between which it is
        free.
    sent, observed : str, optional
        Outputs or variables; the first variable if left out.
    input : str, optional
        Where connections arrive; the first input if left out.
    noise : tuple of str, optional
        Noisy inputs; all inputs that the model names noise or, without one, the input of the connections.
    fluctuations : str
        "slow" (BOLD), "all" or "band"; see `PredictedConnectivity`.
    band : (float, float)
        Hz, for "band".
    delays : (nodes, nodes) array, optional
        s, for "band".
    rest_rate : float, optional
        Rate at which tuned inhibition holds every region, Hz; for the dynamic mean field.
    """

    coupling: float | tuple[float, float]
    sent: str | None = None
    observed: str | None = None
    input: str | None = None
    noise: tuple[str, ...] | None = None
    fluctuations: Fluctuations = "slow"
    band: tuple[float, float] = (0.01, 0.1)
    delays: ArrayLike | None = None
    rest_rate: float | None = None


def connectivity_problem(
    connectivity: FunctionalConnectivity,
    model: Any,
    name: str,
    free: Free | None,
    reading: NetworkReading,
) -> tuple[Problem, Array]:
    """Return the problem of fitting a network of ``model`` to ``connectivity``, and where its search begins (d,).

    The structure is scaled so that its largest connection is 1.

    Raises
    ------
    RecordingError
        If there is no structure, or a name is not known.
    """
    if connectivity.structure is None:
        raise RecordingError("connectivity: no structure; add the anatomical connections that the network is to have.")
    kind = type(model)
    own = () if free is not None and not len(free) else free_parameters(model, name, "connectivity", free)
    first = {parameter.name: getattr(model, parameter.name) for parameter in own}
    extra = []
    if isinstance(reading.coupling, tuple):
        low, high = (float(end) for end in reading.coupling)
        extra = [FreeParameter("coupling", "input/signal", low, high, Scale.LOG if low > 0 else Scale.LINEAR)]
        first["coupling"] = (low * high) ** 0.5 if low > 0 else (low + high) / 2
    space = ParameterSpace((*own, *extra))
    drive = 0 if reading.input is None else index_of(kind.INPUTS, reading.input, f"{kind.__name__}, input")
    structure = np.asarray(connectivity.structure, dtype=float)
    prediction = PredictedConnectivity(
        family=ModelFamily(model, space),
        structure=structure / structure.max(),
        sent=_signal(kind, reading.sent),
        observed=_signal(kind, reading.observed),
        drive=drive,
        noise=_noise(kind, reading.noise, drive),
        fluctuations=reading.fluctuations,
        band=reading.band,
        delays=None if reading.delays is None else np.asarray(reading.delays, dtype=float),
        coupling=0.0 if isinstance(reading.coupling, tuple) else float(reading.coupling),
        rest_rate=reading.rest_rate,
    )
    z = np.arctanh(connectivity.correlation[connectivity.pairs])
    likelihood = GaussianLikelihood(z, np.full(z.size, 1 / np.sqrt(connectivity.samples - 3)))
    return Problem(space, prediction, likelihood), space.clipped(space.coordinates(first))


def _signal(kind: Any, name: str | None) -> SignalPlace:
    if name is None:
        return SignalPlace(0, False)
    if name in [variable.name for variable in kind.OUTPUTS]:
        return SignalPlace(index_of(kind.OUTPUTS, name, kind.__name__), True)
    return SignalPlace(index_of(kind.VARIABLES, name, f"{kind.__name__}, output or variable"), False)


def _noise(kind: Any, names: tuple[str, ...] | None, drive: int) -> tuple[int, ...]:
    if names is None:
        found = tuple(k for k, variable in enumerate(kind.INPUTS) if variable.name.startswith("noise"))
        return found or (drive,)
    return tuple(index_of(kind.INPUTS, name, f"{kind.__name__}, input") for name in names)
