"""Stationary states of the second-order master equation: all of them for one or two populations."""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import root

from ..units import takes
from .master_equation import MasterEquation
from .rate_derivatives import LOWEST_RATE, RateDerivatives

Array = NDArray[np.floating]


@dataclass(frozen=True, kw_only=True)
class StationaryState:
    """One stationary state.

    ``first_order`` rates of infinite populations, (p,), Hz; ``eigenvalues`` of the first-order equations there, 1/s;
    ``stable`` whether all decay, and, with the closure ``"redraw"``, whether variances do. ``rates`` (p,), Hz, and
    ``covariance`` (p, p), Hz^2, of the finite populations around a stable state; None where it is unstable or lost at
    this size, and ``note`` says which.
    """

    first_order: Array
    eigenvalues: NDArray[np.complexfloating]
    stable: bool
    rates: Array | None
    covariance: Array | None
    note: str


def stationary_covariance(equation: MasterEquation, found: RateDerivatives, rates: ArrayLike) -> Array:
    """Return the covariance (p, p), Hz^2, that stands still at ``rates`` (p,), by solving its linear equation."""
    count = found.rate.size
    pull = found.gradient - np.eye(count)
    one = np.eye(count)
    operator = np.kron(pull, one) + np.kron(one, pull)
    if equation.closure == "redraw":
        operator = operator + np.kron(pull, pull)
    off = found.rate - np.asarray(rates, dtype=float)
    source = equation.innovation(found.rate) + np.outer(off, off)
    covariance = np.linalg.solve(operator, -source.ravel()).reshape(count, count)
    return (covariance + covariance.T) / 2


@takes(external="Hz", highest="Hz")
def stationary_states(
    equation: MasterEquation, external: ArrayLike = (), *, highest: float | None = None, samples: int | None = None
) -> tuple[StationaryState, ...]:
    """Return the stationary states, sorted by the rate of the first population.

    For one or two populations every sign change of F(nu) - nu on a dense grid (2000 points, or 200 by 200; half of
    them spaced evenly, half logarithmically) is followed, so that all states farther apart than the grid are found;
    for more populations Newton's method starts from a coarse grid, and states can be missed.

    Parameters
    ----------
    equation : MasterEquation
        The populations.
    external : (q,) array
        Rates of external populations, Hz.
    highest : float, optional
        Upper end of the search, Hz; 1/T unless given, beyond which there are none.
    samples : int, optional
        Grid points along each rate.

    Returns
    -------
    tuple of StationaryState
        See there; empty only if the search range excludes all states.

    Raises
    ------
    ValueError
        If the range is empty, or a number is not finite.
    """
    count = len(equation.sizes)
    points = samples or {1: 2000, 2: 200}.get(count, max(3, int(20000 ** (1 / count))))
    top = 1 / equation.time_step if highest is None else float(highest)
    if not LOWEST_RATE < top < np.inf:
        raise ValueError(
            f"stationary_states: highest = {top:g} Hz must be above {LOWEST_RATE:g} Hz and finite; leave it out "
            "to look up to 1/T."
        )
    even, decades = np.linspace(LOWEST_RATE, top, points - points // 2), np.geomspace(LOWEST_RATE, top, points // 2)
    grid = np.unique(np.concatenate([even, decades]))
    starts = _starts(equation, external, grid)
    roots = _distinct([found for start in starts if (found := _polished(equation, external, start, top)) is not None])
    return tuple(_state(equation, external, rates) for rates in roots)


def _excess(equation: MasterEquation, external: ArrayLike, rates: Array) -> Array:
    return equation.transfer(np.maximum(rates, LOWEST_RATE), external) - rates


def _starts(equation: MasterEquation, external: ArrayLike, grid: Array) -> list[Array]:
    """Return the centres of all grid cells in which every component of F - nu changes sign."""
    count = len(equation.sizes)
    mesh = np.stack(np.meshgrid(*[grid] * count, indexing="ij"), axis=-1)
    positive = _excess(equation, external, mesh) > 0
    inner = [slice(None, -1), slice(1, None)]
    corners = np.stack([positive[corner] for corner in product(inner, repeat=count)])
    changes = np.all(corners.any(axis=0) & ~corners.all(axis=0), axis=-1)
    middle = (grid[1:] + grid[:-1]) / 2
    starts = [middle[index] for index in np.argwhere(changes)]
    return [*starts, np.full(count, LOWEST_RATE)]


def _polished(equation: MasterEquation, external: ArrayLike, start: Array, top: float) -> Array | None:
    """Return the root Newton's method reaches from a start, or None when it reaches none inside the range."""
    # Where F falls to nothing, the floor itself is the state: below it rates are raised to it.
    found = root(lambda rates: _excess(equation, external, rates), start, tol=1e-13)
    residual = np.abs(_excess(equation, external, found.x))
    inside = np.all((found.x > -1e-9) & (found.x <= top))
    return found.x if inside and np.all(residual < 1e-8 * (1 + np.abs(found.x))) else None


def _distinct(roots: list[Array]) -> list[Array]:
    kept: list[Array] = []
    for found in sorted(roots, key=lambda rates: tuple(rates)):
        if not any(np.allclose(found, other, rtol=1e-6, atol=1e-7) for other in kept):
            kept.append(found)
    return kept


def _state(equation: MasterEquation, external: ArrayLike, first_order: Array) -> StationaryState:
    found = equation.derivatives(first_order, external)
    eigenvalues = np.linalg.eigvals((found.gradient - np.eye(first_order.size)) / equation.time_step)
    # Rates return to the state if (G - 1)/T decays; a population that is redrawn as a whole also overshoots, and its
    # variance returns only if powers of G = 1 + T (G - 1)/T decay.
    stable = bool(np.all(eigenvalues.real < 0))
    overshoots = equation.closure == "redraw" and bool(np.any(np.abs(1 + equation.time_step * eigenvalues) >= 1))
    rates, covariance, note = None, None, "unstable: fluctuations around it grow, so it has no stationary covariance"
    if stable and overshoots:
        note = "unstable when redrawn: each draw overshoots the state by more than it was away, so variances grow"
        stable = False
    if stable:
        rates, covariance, note = _finite(equation, external, first_order)
    return StationaryState(
        first_order=first_order,
        eigenvalues=np.asarray(eigenvalues, dtype=complex),
        stable=stable,
        rates=rates,
        covariance=covariance,
        note=note,
    )


def _finite(equation: MasterEquation, external: ArrayLike, start: Array) -> tuple[Array | None, Array | None, str]:
    """Return rates and covariance at the true sizes, or say why there are none."""

    def residual(rates: Array) -> Array:
        found = equation.derivatives(rates, external)
        covariance = stationary_covariance(equation, found, rates)
        return found.rate - rates + 0.5 * np.einsum("lk,mlk->m", covariance, found.hessian)

    found = root(residual, start, tol=1e-10)
    at = equation.derivatives(found.x, external)
    covariance = stationary_covariance(equation, at, found.x)
    small = np.abs(residual(found.x)).max() < 1e-6 * (1 + np.abs(found.x).max())
    if not small or np.any(found.x < 0) or np.linalg.eigvalsh(covariance).min() < -1e-9 * (1 + covariance.max()):
        return None, None, "lost at these sizes: fluctuations carry the populations away from it; take larger sizes"
    return found.x, covariance, "stable"
