"""The fit of a model to a recording: search, identifiability, intervals, other branches, and what is wrong with it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..estimate import EstimateRefused
from .identifiability import Identifiability, identify
from .likelihood import goodness
from .posterior import Posterior, sample
from .problem import Problem
from .profile import Profile, largest_rise, profile, spanned
from .search import Search, Walk, search, walk_down

Array = NDArray[Any]

_IMPROBABLE = 0.01
_ROUNDS = 3


@dataclass(frozen=True)
class FittedParameter:
    """A parameter after the fit.

    Parameters
    ----------
    name, unit : str
        Of the parameter.
    best : float
        Where the best fit stands. For a parameter that the data do not determine it is one point of many as good.
    value : float or None
        The estimate; None if both ends of its interval are open.
    standard_error : float or None
        From the curvature of the likelihood; None where that says little: beside an open end, where several solutions
        fit, or where it exceeds the whole interval.
    interval : (float or None, float or None)
        Profile-likelihood interval; None for an open end.
    sentence : str
        Why an end is open, else empty.
    """

    name: str
    unit: str
    best: float
    value: float | None
    standard_error: float | None
    interval: tuple[float | None, float | None]
    sentence: str

    @property
    def determined(self) -> bool:
        """Whether both ends of the interval are closed."""
        return None not in self.interval

    def covers(self, truth: float) -> bool:
        """Tell whether the interval, open ends included, contains ``truth``."""
        low, high = self.interval
        return (low is None or low <= truth) and (high is None or truth <= high)


@dataclass(frozen=True)
class OtherBranch:
    """Another stable branch of steady states: its place, and the deviance of the best fit found on it."""

    branch: int
    deviance: float


@dataclass(frozen=True)
class Fit:
    """What a fit has found.

    Parameters
    ----------
    problem : Problem
        What was fitted.
    search : Search
        All walks with their histories.
    identifiability : Identifiability
        What the data determine, at the best fit.
    parameters : tuple of FittedParameter
        In the order of the problem's space.
    profiles : tuple of Profile
        Of each parameter.
    predicted : (n,) array
        The best fit's prediction of each datum.
    goodness : float
        Chance of a deviance as large as this if the model is right.
    dispersion : float
        What errors were widened by (its root): 1, unless it was estimated from the misfit.
    branch : int
        Place of the fitted branch among all steady states.
    others : tuple of OtherBranch
        Other stable branches at the best fit.
    warnings : tuple of str
        What a reader must know.
    rivals : tuple of Walk
        The best walk into each other valley that the data do not exclude.
    posterior : Posterior or None
        If it was asked for.
    """

    problem: Problem
    search: Search
    identifiability: Identifiability
    parameters: tuple[FittedParameter, ...]
    profiles: tuple[Profile, ...]
    predicted: Array
    goodness: float
    dispersion: float
    branch: int
    others: tuple[OtherBranch, ...]
    warnings: tuple[str, ...]
    rivals: tuple[Walk, ...] = ()
    posterior: Posterior | None = None

    @property
    def best(self) -> Walk:
        """The best walk."""
        return self.search.best

    def __getitem__(self, name: str) -> FittedParameter:
        return self.parameters[self.problem.space.place(name)]

    def with_posterior(self, **settings: Any) -> "Fit":
        """Return the fit with its posterior; see `sample` for the settings."""
        own = {"rivals": self.rivals, "dispersion": self.dispersion}
        found = sample(self.problem, self.best, self.identifiability, **own, **settings)
        return replace(self, posterior=found, warnings=(*self.warnings, *_of_valleys(found, len(self.rivals))))


def fit_problem(
    problem: Problem,
    first: Array,
    *,
    starts: int = 16,
    seed: int = 0,
    branch: int = 0,
    level: float = 0.95,
    widen: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> Fit:
    """Fit a problem: search, identifiability, profile intervals.

    Parameters
    ----------
    problem : Problem
        What is fitted.
    first : (d,) array
        The first start.
    starts, seed : int
        Starts of the search, and the seed of those after the first.
    branch : int
        Place of the branch of steady states among all of them at the start, sorted by the first output.
    level : float
        Of the intervals.
    widen : bool
        Whether a misfit widens the intervals (quasi-likelihood), for data whose errors are known only in form.
    say : callable
        Is told how far it is.

    Raises
    ------
    EstimateRefused
        If the model has no stable steady state at the start.
    """
    found = search(problem, first, starts=starts, seed=seed, branch=branch, say=say)
    dispersion = _dispersion(problem, found.best) if widen else 1.0
    identified, profiles, lower = _profiles(problem, found.best, level, dispersion, say)
    rounds = 0
    while lower is not None and rounds < _ROUNDS:
        # A profile has met a deeper minimum than all walks: go there and begin again.
        found = Search((walk_down(problem, lower.anchor, lower.end), *found.walks), found.refused)
        identified, profiles, lower = _profiles(problem, found.best, level, dispersion, say)
        rounds += 1
    profiles, rivals = _over_valleys(problem, found, profiles, level, dispersion)
    predicted = problem.prediction.predict(found.best.anchor, found.best.end[None])[0]
    parameters = tuple(
        _parameter(problem, found.best, identified, k, item, dispersion, bool(rivals))
        for k, item in enumerate(profiles)
    )
    chance = goodness(problem.likelihood, predicted, problem.space.size)
    others = _others(problem, found.best)
    warnings = (*_warnings(found, chance, others, dispersion), *(_rival(problem, found.best, walk) for walk in rivals))
    return Fit(
        problem,
        found,
        identified,
        parameters,
        profiles,
        predicted[: problem.likelihood.size],
        chance,
        dispersion,
        branch,
        others,
        warnings,
        rivals,
    )


def _dispersion(problem: Problem, best: Walk) -> float:
    return max(1.0, best.deviance / max(problem.likelihood.size - problem.space.size, 1))


def _profiles(
    problem: Problem, best: Walk, level: float, dispersion: float, say: Callable[[str], None]
) -> tuple[Identifiability, tuple[Profile, ...], Walk | None]:
    """Return what is determined and all profiles; where one meets a lower deviance than the best, also that walk."""
    found, profiles, lower = identify(problem, best.anchor, best.end), [], None
    for k, name in enumerate(problem.space.names):
        say(f"interval of {name}")
        profiles.append(profile(problem, best, found, k, level=level, dispersion=dispersion))
        better = profiles[-1].better
        if better is not None and (lower is None or better.deviance < lower.deviance):
            lower = better
    return found, tuple(profiles), lower


def _over_valleys(
    problem: Problem, found: Search, profiles: tuple[Profile, ...], level: float, dispersion: float
) -> tuple[tuple[Profile, ...], tuple[Walk, ...]]:
    """Return the profiles over all valleys that the data do not exclude, and the best walk into each of the others.

    A walk whose deviance is within the rise belongs to the valley of the best one if, and only if, every coordinate of
    its end lies inside the intervals of that valley.
    """
    rise = largest_rise(level, dispersion)
    valleys, rivals = [profiles], []
    for walk in found.walks[1:]:
        spent = walk.deviance - found.best.deviance
        known = any(all(p.holds(x) for p, x in zip(v, walk.end, strict=True)) for v in valleys)
        if spent >= rise or known:
            continue
        around = identify(problem, walk.anchor, walk.end)
        valleys.append(
            tuple(
                profile(problem, walk, around, k, level=level, dispersion=dispersion, spent=max(spent, 0.0))
                for k in range(problem.space.size)
            )
        )
        rivals.append(walk)
    return tuple(spanned(column) for column in zip(*valleys, strict=True)), tuple(rivals)


def _rival(problem: Problem, best: Walk, walk: Walk) -> str:
    placed = zip(problem.space.parameters, walk.end, strict=True)
    values = ", ".join(f"{parameter.name} = {parameter.value(x):.4g} {parameter.unit}" for parameter, x in placed)
    return (
        f"Another solution fits as well (deviance {walk.deviance:.4g} against {best.deviance:.4g}): {values}. The "
        "intervals reach over both, and a posterior starts in both; bounds or another recording must decide."
    )


def _of_valleys(found: Posterior, rivals: int) -> tuple[str, ...]:
    """Return how the posterior is shared among solutions, and which of them it could not start at."""
    said = []
    if len(found.shares) > 1:
        parts = ", ".join(f"{100 * share:.0f} %" for share in found.shares)
        said.append(f"Shares of the posterior about the best fit and about each other solution: {parts}.")
    if lost := rivals + 1 - len(found.shares):
        said.append(
            f"The posterior leaves out {lost} solution{'s' * (lost > 1)} on another branch of steady states; fit again "
            "with that branch."
        )
    return tuple(said)


def _parameter(
    problem: Problem, best: Walk, found: Identifiability, k: int, item: Profile, dispersion: float, several: bool
) -> FittedParameter:
    parameter = problem.space.parameters[k]
    ends = [None if e.coordinate is None else float(parameter.value(e.coordinate)) for e in (item.low, item.high)]
    sentences = [item.low.sentence, item.high.sentence]
    if parameter.sign < 0:
        ends.reverse()
        sentences.reverse()
    value = float(parameter.value(best.end[k]))
    sentence = " ".join(part for part in sentences if part)
    if ends == [None, None]:
        sentence = f"The data do not determine {parameter.name}: no value within its bounds is excluded."
    error = abs(float(parameter.slope(best.end[k]))) * float(found.standard_errors[k]) * dispersion**0.5
    return FittedParameter(
        name=parameter.name,
        unit=parameter.unit,
        best=value,
        value=None if ends == [None, None] else value,
        standard_error=None if several or not _telling(error, ends) else error,
        interval=(ends[0], ends[1]),
        sentence=sentence,
    )


def _telling(error: float, ends: list[float | None]) -> bool:
    low, high = ends
    return low is not None and high is not None and error <= high - low


def _others(problem: Problem, best: Walk) -> tuple[OtherBranch, ...]:
    """Return the other stable branches at the best fit, each with the deviance of a walk along it."""
    found = []
    for branch, anchor in problem.prediction.branches(best.end):
        if _same(anchor, best.anchor):
            continue
        try:
            start = problem.prediction.matched(anchor, best.end[None], problem.likelihood)[0]
            found.append(OtherBranch(branch, walk_down(problem, anchor, start).deviance))
        except EstimateRefused:
            continue
    return tuple(found)


def _same(one: Any, other: Any) -> bool:
    return bool(np.allclose(one.state, other.state, rtol=1e-6, atol=1e-9 * np.max(np.abs(other.size))))


def _warnings(found: Search, chance: float, others: tuple[OtherBranch, ...], dispersion: float) -> tuple[str, ...]:
    said = []
    if not found.best.converged:
        said.append(f"The best walk was stopped before it converged ({found.best.reason}); give it more starts.")
    if len(found.walks) > 1 and found.agreeing == 1:
        said.append("Only one start reached the best fit: a better one may exist; search with more starts.")
    if chance < _IMPROBABLE and dispersion == 1.0:
        said.append(
            f"The model does not describe the data within their errors (chance {chance:.2g}): intervals hold for the "
            "model's own family, not for nature, and are too narrow."
        )
    if dispersion > 1.0:
        said.append(f"Errors are widened by {dispersion**0.5:.3g}, the misfit relative to the stated errors.")
    for other in others:
        if other.deviance < found.best.deviance - 0.1:
            said.append(
                f"Another stable branch of steady states, number {other.branch}, fits better (deviance "
                f"{other.deviance:.4g} against {found.best.deviance:.4g}); fit again with branch={other.branch}."
            )
    return tuple(said)
