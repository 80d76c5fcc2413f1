"""Whether a faster inhibitory population makes excitation rebound: a linear pair of rates, over speed and recovery.

tau_E dE/dt = -E + w_EE E - w_EI I - b a;  tau_I dI/dt = -I + w_IE E - w_II I + input;  tau_a da/dt = -a + E.
Inhibition is driven for 100 ms; the rebound is the highest E after the end of the pulse over the depth of the trough.
Each number is the mean over couplings drawn within 10 % of the reference ones, the same draws for all points.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm

from ...simulations import Laboratory
from ...verdict import Measurement
from ..bench import Settings
from ..effect import Effect
from .experiment import Experiment

Array = NDArray[np.floating]

INHIBITORY_TIMES = (0.020, 0.010, 0.005, 0.0025)  # s, from slow to fast
RECOVERIES = {"no slow recovery": 0.0, "adaptation 0.5": 0.5, "adaptation 1": 1.0}
_EXCITATORY_TIME, _ADAPTATION_TIME = 0.020, 0.100  # s
_PULSE, _AFTER, _STEP = 0.100, 0.400, 5e-4  # s
_SPREAD, _DRAWS = 0.10, 100
OBSERVABLES = {"rebound over speed": "1", "rebound": "1"}


@dataclass(frozen=True, kw_only=True)
class Couplings:
    """Weights of the pair: from E to E, from I to E, from E to I, from I to I; numbers, or arrays of many pairs."""

    ee: float | Array = 1.5
    ei: float | Array = 2.0
    ie: float | Array = 2.5
    ii: float | Array = 1.0


def rebound(couplings: Couplings, inhibitory_time: float, adaptation: float) -> Array:
    """Return the rebound of E over the depth of its trough, 0 where it never passes its resting state.

    Parameters
    ----------
    couplings : Couplings
        Of (n,) pairs, or of one.
    inhibitory_time : float
        Time constant of the inhibitory population, s.
    adaptation : float
        Strength b of the slow recovery in E; 0 is none.

    Returns
    -------
    (n,) array

    Raises
    ------
    ValueError
        If a pair is not stable.
    """
    matrix = _matrix(couplings, inhibitory_time, adaptation)
    if np.linalg.eigvals(matrix).real.max() >= 0:
        raise ValueError(f"rebound: a pair with tau_I = {inhibitory_time:g} s is unstable; weaken w_EE.")
    step = expm(matrix * _STEP)
    held = -np.linalg.solve(matrix, np.array([0.0, 1.0 / inhibitory_time, 0.0])[:, None])[..., 0]
    state, course = np.zeros_like(held), []
    for number in range(round((_PULSE + _AFTER) / _STEP)):
        target = held if number * _STEP < _PULSE else np.zeros_like(held)
        state = target + np.einsum("nij,nj->ni", step, state - target)
        course.append(state[:, 0])
    trace = np.array(course)
    highest = trace[round(_PULSE / _STEP) :].max(0)
    return np.maximum(highest, 0.0) / -trace.min(0)


def _matrix(c: Couplings, inhibitory_time: float, adaptation: float) -> Array:
    """Return the dynamics (n, 3, 3; 1/s) of E, I and the recovery of E."""
    ee, ei, ie, ii = np.broadcast_arrays(*np.atleast_1d(c.ee, c.ei, c.ie, c.ii))
    matrix = np.zeros((ee.size, 3, 3))
    matrix[:, 0] = np.stack([ee - 1, -ei, np.full_like(ee, -adaptation)], axis=-1) / _EXCITATORY_TIME
    matrix[:, 1] = np.stack([ie, -ii - 1, np.zeros_like(ee)], axis=-1) / inhibitory_time
    matrix[:, 2] = np.array([1.0, 0.0, -1.0]) / _ADAPTATION_TIME
    return matrix


def _draws(settings: Settings) -> Couplings:
    """Return ``_DRAWS`` couplings within 10 % of the reference."""
    generator = np.random.default_rng(settings.seed_of("rebound"))
    ee, ei, ie, ii = 1 + _SPREAD * generator.uniform(-1, 1, (4, _DRAWS))
    reference = Couplings()
    return Couplings(ee=reference.ee * ee, ei=reference.ei * ei, ie=reference.ie * ie, ii=reference.ii * ii)


def rebound_surface() -> dict[str, Any]:
    """Return the rebound at the reference couplings over inhibitory time (s) and strength of recovery, for a map."""
    times, recoveries = np.geomspace(0.002, 0.020, 12), np.linspace(0.0, 1.5, 9)
    values = [[float(rebound(Couplings(), tau, b)[0]) for tau in times.tolist()] for b in recoveries.tolist()]
    return {"inhibitory_time": times.tolist(), "recovery": recoveries.tolist(), "rebound": values}


def _mean(values: Array) -> Measurement:
    return Measurement(
        value=float(values.mean()),
        standard_error=float(values.std(ddof=1) / np.sqrt(values.size)),
        degrees_of_freedom=values.size - 1,
    )


def measure_rebound(laboratory: Laboratory, settings: Settings) -> list[Effect]:
    """Return how the rebound changes with the speed of inhibition, and whether there is one with the fastest."""
    laboratory.progress.stage("Rebound of a linear pair", 1)
    pairs = _draws(settings)
    found = [np.array([rebound(pairs, tau, b) for tau in INHIBITORY_TIMES]) for b in RECOVERIES.values()]
    laboratory.progress.advance()
    effects = []
    for domain, values in zip(RECOVERIES, found, strict=True):
        steps = tuple(_mean(step) for step in np.diff(values, axis=0))
        series = Effect(
            observable="rebound over speed",
            domain=domain,
            unit="1",
            measurement=_mean(values[-1] - values[0]),
            steps=steps,
        )
        effects += [series, Effect(observable="rebound", domain=domain, unit="1", measurement=_mean(values[-1]))]
    return effects


REBOUND = Experiment(
    name="rebound",
    title="Rebound of excitation in a linear pair",
    observables=OBSERVABLES,
    run=measure_rebound,
    weight=0.1,
    portrait=lambda *_: rebound_surface(),
)
