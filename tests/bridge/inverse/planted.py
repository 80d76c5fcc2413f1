"""Planted responses: levers that do known, straight or bent things to features, and the noise of an observer."""

import numpy as np

from mesobridge.bridge.inverse import DoseAxis, ErrorBudget, InverseProblem, MixtureResponse, Observation


def axis(name: str, *, one_sided: bool = False) -> DoseAxis:
    """A shift of which 1 is a full dose."""
    low = 0.0 if one_sided else -1.0
    amounts = (0.5, 1.0) if one_sided else (-1.0, 1.0)
    return DoseAxis(
        name=name, mechanism=name, mode="review", unit="1", neutral=0.0, amounts=amounts, lowest=low, highest=1.0
    )


def response(
    slopes: np.ndarray,
    *,
    error: float = 0.0,
    one_sided: tuple[int, ...] = (),
    bend: np.ndarray | None = None,
    rng: np.random.Generator | None = None,
    budget: ErrorBudget | None = None,
) -> MixtureResponse:
    """Levers whose effect on feature f is slopes[f, k] dose + bend[f, k] dose^2, known with ``error``."""
    features, levers = slopes.shape
    axes = tuple(axis(f"lever_{k}", one_sided=k in one_sided) for k in range(levers))
    curves = np.zeros_like(slopes) if bend is None else bend
    values = np.array([slopes[:, k] * x + curves[:, k] * x**2 for k, a in enumerate(axes) for x in a.amounts])
    noise = 0.0 if rng is None else error * rng.standard_normal(values.shape)
    return MixtureResponse(
        features=tuple(f"feature_{f}" for f in range(features)),
        axes=axes,
        values=values + noise,
        errors=np.full(values.shape, error),
        condition_correlation=np.eye(len(values)),
        feature_correlation=np.eye(features),
        natural=np.ones(features),
        floor=np.zeros(features),
        budget=budget or ErrorBudget.exact(),
    )


def observed(truth: np.ndarray, error: float, rng: np.random.Generator) -> Observation:
    """The changes with an observer's noise."""
    names = tuple(f"feature_{f}" for f in range(truth.size))
    return Observation(
        features=names, change=truth + error * rng.standard_normal(truth.size), covariance=error**2 * np.eye(truth.size)
    )


def problem(found: MixtureResponse, doses: np.ndarray, error: float, rng: np.random.Generator) -> InverseProblem:
    """The question about one noisy observation of a mixture."""
    return InverseProblem(response=found, observation=observed(found.mean(doses[None])[0], error, rng))
