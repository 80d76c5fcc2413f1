"""The posterior of a fit, sampled by independent ensembles of walkers, and refused unless it has converged.

The sampling is emcee's; what is added here is a proposal from the shape of the posterior itself, fixed before recording
begins, and a verdict on convergence between ensembles that know nothing of one another.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

from ..estimate import EstimateRefused
from .free_parameter import ParameterSpace, Scale
from .identifiability import Identifiability, identify
from .problem import Problem
from .proposal import Proposal, nearest
from .search import Walk

Array = NDArray[Any]

R_HAT_LIMIT = 1.01
_BURN_IN = (160, 60)
_BLOCK = 200
_TIMES_TAU = 50
_WIDE = 100.0
_SAME_DEVIANCE = 0.1


class PosteriorRefused(EstimateRefused):
    """The chains have not converged within their budget; ``estimate`` holds them with their diagnostics."""


@dataclass(frozen=True)
class Posterior:
    """Draws from a posterior that has converged.

    Parameters
    ----------
    space : ParameterSpace
        What was free; the prior is flat in its coordinates within the bounds.
    draws : (draws, d) array
        Coordinates, thinned to about one draw per effective sample.
    effective : (d,) array
        Effective sample size of the mean of each coordinate.
    r_hat : (d,) array
        Rank-normalised split R-hat between the ensembles, bulk or tail, whichever is worse.
    acceptance : float
        Share of accepted proposals.
    evaluations : int
        Likelihoods computed.
    shares : (valleys,) array
        Share of the posterior about the best fit, and about each other solution that walkers were started at.
    """

    space: ParameterSpace
    draws: Array
    effective: Array
    r_hat: Array
    acceptance: float
    evaluations: int
    shares: Array

    def interval(self, name: str, level: float = 0.95) -> tuple[float, float]:
        """Return the central interval of a parameter, in its unit."""
        tail = (1 - level) / 2
        k = self.space.place(name)
        low, high = np.sort(self.space.parameters[k].value(np.quantile(self.draws[:, k], [tail, 1 - tail])))
        return float(low), float(high)

    def values(self) -> Array:
        """Return the draws as parameters (draws, d)."""
        return self.space.values(self.draws)


def sample(
    problem: Problem,
    best: Walk,
    found: Identifiability,
    *,
    rivals: Sequence[Walk] = (),
    effective: float = 1000.0,
    seed: int = 0,
    ensembles: int = 4,
    workers: int = 1,
    walkers: int | None = None,
    burn_in: tuple[int, int] = _BURN_IN,
    block: int = _BLOCK,
    most_steps: int = 20_000,
    dispersion: float = 1.0,
    say: Callable[[str], None] = lambda _: None,
) -> Posterior:
    """Return the posterior about the best fit and about all other solutions.

    Source: goodman2010, terbraak2006 (moves); vehtari2021 (R-hat).
    Assumptions: a prior flat in the coordinates within the bounds, and nothing outside of them or where the branch of
    steady states has ended or is unstable; modes are those that the search has found. Walkers start in all of them, and
    leap between them by proposals drawn from a bell for each.

    Parameters
    ----------
    problem : Problem
        What is fitted.
    best : Walk
        The best fit, whose anchor names the branch.
    found : Identifiability
        Gives the walkers' first spread.
    rivals : sequence of Walk
        Best walks into other valleys that the data do not exclude. Those of other branches of steady states, which
        cannot be followed from the best fit, are left out.
    effective : float
        Effective sample size wanted for every coordinate.
    seed : int
        Of the walkers.
    ensembles, workers : int
        Independent ensembles, and processes that run them side by side.
    walkers : int, optional
        Of each ensemble; four for each parameter, and at least 48.
    burn_in : (int, int)
        Steps before the proposal is shaped, and after that before recording begins.
    block : int
        Steps between two looks at convergence.
    most_steps : int
        Steps of each ensemble after which it is given up.
    dispersion : float
        The deviance is divided by it.
    say : callable
        Is told how far it is.

    Raises
    ------
    PosteriorRefused
        If effective sample size or R-hat are not met within the steps.
    """
    _emcee()
    target = _Target(problem, best.anchor, dispersion, _Ground.of(problem.space))
    walkers = walkers or max(48, 4 * problem.space.size)
    seeds = np.random.SeedSequence(seed).spawn(ensembles)
    starts = [(best, found), *_reached(problem, best, rivals)]
    valleys = [target.ground.to(walk.end) for walk, _ in starts]
    states = [_first(target, starts, walkers, np.random.default_rng(child)) for child in seeds]
    with Parallel(n_jobs=min(workers, ensembles)) as together:
        chains = _advanced(together, target, states, None, burn_in[0])
        walked = np.concatenate([c.points[burn_in[0] // 2 :].reshape(-1, c.width) for c in chains])
        proposal = Proposal.of(walked, valleys)
        chains = _advanced(together, target, [c.state for c in chains], proposal, burn_in[1])
        posterior = _recorded(together, target, chains, proposal, effective, block, most_steps, say)
    place = nearest(target.ground.to(posterior.draws), valleys)
    return replace(posterior, shares=np.bincount(place, minlength=len(valleys)) / len(place))


def _reached(problem: Problem, best: Walk, rivals: Sequence[Walk]) -> list[tuple[Walk, Identifiability]]:
    """Return the rivals that are found again when steady states are followed from the best fit, with their spread."""
    again = [float(problem.deviance(best.anchor, walk.end[None])[0]) for walk in rivals]
    kept = [walk for walk, d in zip(rivals, again, strict=True) if abs(d - walk.deviance) < _SAME_DEVIANCE]
    return [(walk, identify(problem, walk.anchor, walk.end)) for walk in kept]


@dataclass(frozen=True)
class _Ground:
    """Where the walkers walk: on parameters themselves where the bounds are less than a hundredfold apart.

    Ridges of mass models are sums of connections, straight in these and bent in their logarithms, and walkers that
    learn from one another need straight ridges. The prior stays flat in the coordinates: the change of measure is put
    in.
    """

    space: ParameterSpace
    straight: tuple[int, ...]

    @staticmethod
    def of(space: ParameterSpace) -> "_Ground":
        narrow = [
            k
            for k, p in enumerate(space.parameters)
            if p.scale is Scale.LOG and max(p.high / p.low, p.low / p.high) < _WIDE
        ]
        return _Ground(space, tuple(narrow))

    def to(self, x: Array) -> Array:
        """Return where coordinates ``x`` (..., d) lie on the ground."""
        y = np.array(x, dtype=float)
        for k in self.straight:
            y[..., k] = np.abs(self.space.parameters[k].value(y[..., k]))
        return y

    def back(self, y: Array) -> tuple[Array, Array]:
        """Return the coordinates of points (..., d), far out for those that have none, and the log of the measure."""
        x, measure = np.array(y, dtype=float), np.zeros(np.shape(y)[:-1])
        for k in self.straight:
            x[..., k] = np.log(np.maximum(x[..., k], 1e-300))
            measure -= x[..., k]
        return x, measure


@dataclass(frozen=True)
class _Target:
    """The log posterior of many points of the ground at once."""

    problem: Problem
    anchor: Any
    dispersion: float
    ground: _Ground

    def __call__(self, y: Array) -> Array:
        x, measure = self.ground.back(np.asarray(y))
        return measure - 0.5 * self.problem.deviance(self.anchor, x) / self.dispersion


@dataclass(frozen=True)
class _Chain:
    """A stretch of one ensemble: ``points`` (steps, walkers, d), its last state and the share accepted."""

    points: Array
    state: Any
    acceptance: float

    @property
    def width(self) -> int:
        return self.points.shape[-1]


def _emcee() -> Any:
    try:
        return import_module("emcee")
    except ImportError as error:
        raise EstimateRefused(
            'Posterior sampling needs the package emcee, which is not installed: pip install "mesobridge[posterior]".'
        ) from error


def _first(
    target: _Target, starts: Sequence[tuple[Walk, Identifiability]], walkers: int, random: np.random.Generator
) -> Any:
    """Return the first state of one ensemble: as many walkers about each solution."""
    shares = np.diff(np.linspace(0, walkers, len(starts) + 1).round().astype(int))
    points = [_about(target, *start, int(share), random) for start, share in zip(starts, shares, strict=True)]
    state = np.random.RandomState(int(random.integers(2**32))).get_state()  # emcee's own generator
    return _emcee().State(np.concatenate(points), random_state=state)


def _about(target: _Target, best: Walk, found: Identifiability, walkers: int, random: np.random.Generator) -> Array:
    """Return walkers about one solution: spread twice as wide as the likelihood, inside the bounds."""
    space = target.problem.space
    width = np.minimum(found.standard_errors, (space.high - space.low) / 4)
    spread = np.nan_to_num(found.correlation) * np.outer(width, width)
    values, vectors = np.linalg.eigh(spread)
    root = vectors * np.sqrt(np.maximum(values, 1e-12 * values.max()))
    points = np.empty((0, space.size))
    # Narrower where much of the neighbourhood is out of bounds or unstable.
    for shrink in 2.0 ** -np.arange(12):
        drawn = best.end + 2 * shrink * random.standard_normal((4 * walkers, space.size)) @ root.T
        # The best fit may stand in a corner, from which hardly any straight way leads inside: bounds are mirrors.
        drawn = np.where(drawn < space.low, 2 * space.low - drawn, drawn)
        drawn = np.where(drawn > space.high, 2 * space.high - drawn, drawn)
        drawn = target.ground.to(space.clipped(drawn))
        points = np.concatenate([points, drawn[np.isfinite(target(drawn))]])
        if len(points) >= walkers:
            return points[:walkers]
    raise EstimateRefused("Posterior: next to the best fit hardly any point has a stable state; narrow the bounds.")


def _advanced(together: Any, target: _Target, states: list[Any], proposal: Proposal | None, steps: int) -> list[_Chain]:
    return list(together(delayed(_run)(target, state, proposal, steps) for state in states))


def _run(target: _Target, state: Any, proposal: Proposal | None, steps: int) -> _Chain:
    """Return ``steps`` steps of one ensemble."""
    emcee = _emcee()
    moves = [(emcee.moves.DEMove(), 0.5), (emcee.moves.DESnookerMove(), 0.1), (emcee.moves.StretchMove(), 0.4)]
    if proposal is not None:
        moves.append((emcee.moves.MHMove(proposal), 0.7))
    walkers, size = state.coords.shape
    sampler = emcee.EnsembleSampler(walkers, size, target, vectorize=True, moves=moves)
    # The likelihood far from the data overflows to an honest minus infinity.
    with np.errstate(all="ignore"):
        last = sampler.run_mcmc(state, steps, skip_initial_state_check=True)
    return _Chain(sampler.get_chain(), last, float(np.mean(sampler.acceptance_fraction)))


def _recorded(
    together: Any,
    target: _Target,
    chains: list[_Chain],
    proposal: Proposal,
    wanted: float,
    block: int,
    most: int,
    say: Callable[[str], None],
) -> Posterior:
    """Run blocks until the diagnostics are met."""
    kept: list[list[Array]] = [[] for _ in chains]
    while True:
        chains = _advanced(together, target, [c.state for c in chains], proposal, block)
        for held, chain in zip(kept, chains, strict=True):
            held.append(chain.points)
        runs = np.stack([np.concatenate(held) for held in kept])
        found, met, missing = _diagnosed(
            target, target.ground.back(runs)[0], wanted, float(np.mean([c.acceptance for c in chains]))
        )
        say(f"{runs.shape[1]} steps: {float(found.effective.min()):.0f} effective samples")
        if met:
            return found
        if runs.shape[1] >= most:
            raise PosteriorRefused(f"Posterior: not converged after {runs.shape[1]} steps: {missing}.", found)
        block = min(max(block, runs.shape[1] // 2), most)


def _diagnosed(target: _Target, runs: Array, wanted: float, acceptance: float) -> tuple[Posterior, bool, str]:
    """Return the posterior of runs (ensembles, steps, walkers, d), whether it may be reported, and what is missing."""
    space = target.problem.space
    ensembles, steps, walkers, size = runs.shape
    # A walker that has never moved makes the correlation time NaN: then nothing has been learnt yet.
    with np.errstate(invalid="ignore"):
        tau = np.array([_emcee().autocorr.integrated_time(run, tol=0, quiet=True) for run in runs])
    tau = np.where(np.isfinite(tau), tau, np.inf)
    effective = np.sum(steps * walkers / tau, axis=0)
    halves = runs.reshape(ensembles * 2, steps // 2, walkers, size) if steps % 2 == 0 else runs
    ratio = np.array([r_hat(halves[..., k].reshape(len(halves), -1)) for k in range(size)])
    thin = max(1, int(np.ceil(ensembles * steps * walkers / max(float(effective.min()), 1.0))))
    draws = runs.reshape(-1, size)[:: max(1, thin)]
    problems = []
    for label, values, bad, limit in (
        ("effective samples", effective, effective < wanted, f"{wanted:.0f}"),
        ("R-hat", ratio, ~(ratio < R_HAT_LIMIT), f"{R_HAT_LIMIT:g}"),
        ("correlation time in steps", tau.max(axis=0), steps < _TIMES_TAU * tau.max(axis=0), f"steps/{_TIMES_TAU}"),
    ):
        problems += [f"{label} of {space.names[k]} {values[k]:.4g}, wanted {limit}" for k in np.flatnonzero(bad)]
    posterior = Posterior(space, draws, effective, ratio, acceptance, ensembles * steps * walkers, np.ones(1))
    return posterior, not problems, "; ".join(problems)


def r_hat(chains: Array) -> float:
    """Return the rank-normalised R-hat of chains (m, n), for their bulk or their tails, whichever is larger.

    Source: vehtari2021, section 4.
    """
    folded = np.abs(chains - np.median(chains))
    return max(_plain_r_hat(_rank_normal(chains)), _plain_r_hat(_rank_normal(folded)))


def _rank_normal(chains: Array) -> Array:
    ranks = rankdata(chains).reshape(chains.shape)
    return ndtri((ranks - 0.375) / (chains.size + 0.25))


def _plain_r_hat(chains: Array) -> float:
    length = chains.shape[1]
    within = float(np.mean(np.var(chains, axis=1, ddof=1)))
    between = length * float(np.var(np.mean(chains, axis=1), ddof=1))
    return float(np.sqrt(((length - 1) / length * within + between / length) / max(within, 1e-300)))
