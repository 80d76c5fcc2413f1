"""Which measurement would tell the explanations apart: what each promises."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...bridge.inverse import (
    Candidate,
    InverseProblem,
    expected_shrinkage,
    greedy,
    joint_covariance,
    spread_directions,
)
from ..result import Result
from .candidates import candidates
from .columns import Column, Source
from .document import UNDETERMINED
from .levers import condition_rows, mixture_response
from .mistakes import ExplainError
from .observed import Question

Array = NDArray[np.floating]

SHOWN = 5
_CASES = 1000
_TOGETHER = 3


@dataclass(frozen=True, kw_only=True)
class _Forecast:
    """What M candidates would find in n plausible mixtures, given what was observed: means and variances (n, M)."""

    draws: Array
    candidates: tuple[Candidate, ...]
    mean: Array
    variance: Array


def next_measurements(
    result: Result,
    problem: InverseProblem,
    observed: Sequence[Column],
    draws: Array,
    source: Source,
    question: Question,
    target: str | None,
    rng: np.random.Generator,
) -> list[dict[str, Any]]:
    """Return for each wanted quantity the measurements that would shorten its interval most.

    The quantity is the dose of ``target``, or each of the directions (two at most) along which plausible mixtures
    spread. ``promised`` is the standard deviation after the measurement over that before it, averaged over what the
    measurement may find; those ``together`` are chosen one after another, in linear approximation.
    """
    forecast = _forecast(result, problem, observed, draws, source, question)
    if forecast is None:
        return []
    return [_rows(forecast, name, along, rng) for name, along in _targets(problem, draws, target)]


def _forecast(
    result: Result,
    problem: InverseProblem,
    observed: Sequence[Column],
    draws: Array,
    source: Source,
    question: Question,
) -> _Forecast | None:
    errors = np.sqrt(np.diag(problem.observation.covariance))
    channel = result.study.sigmoid.channel
    possible, columns = candidates(result.dataset, observed, errors, source, question.loop, channel)
    at = condition_rows(result, problem.response.axes) - 1
    usable = [bool(np.all(np.isfinite(c.changes[at]) & np.isfinite(c.errors[at]))) for c in columns]
    kept = tuple(candidate for candidate, good in zip(possible, usable, strict=True) if good)
    columns = [replace(c, name=p.name) for c, p, good in zip(columns, possible, usable, strict=True) if good]
    axes, count = problem.response.axes, len(observed)
    response, _ = mixture_response(
        result, [*observed, *columns], levers=[axis.name for axis in axes], bounds=question.bounds, source=source
    )
    if not kept or [axis.amounts for axis in response.axes] != [axis.amounts for axis in axes]:
        return None
    cases = draws[:: max(1, len(draws) // _CASES)]
    mean, covariance = response.evaluate(cases)
    # Errors of the response are shared between what was observed and what is to be: hence the conditional law.
    of_seen = covariance[:, :count, :count] + problem.observation.covariance
    carried = np.linalg.solve(of_seen, covariance[:, :count, count:])
    rest = problem.observation.change - mean[:, :count]
    given = mean[:, count:] + np.einsum("nf,nfm->nm", rest, carried)
    own = np.einsum("nff->nf", covariance)[:, count:] - np.einsum("nfm,nfm->nm", carried, covariance[:, :count, count:])
    noise = np.array([candidate.standard_error for candidate in kept]) ** 2
    return _Forecast(draws=cases, candidates=kept, mean=given, variance=np.maximum(own, 0.0) + noise)


def _targets(problem: InverseProblem, draws: Array, target: str | None) -> list[tuple[str, Array]]:
    axes = problem.response.axes
    if target is None:
        found = [direction for direction in spread_directions(draws) if direction.size > UNDETERMINED]
        return [(direction.words(axes), direction.doses) for direction in found[:2]]
    names = [axis.name for axis in axes]
    if target not in names:
        raise ExplainError(f"{target}: no lever of this question; there are {', '.join(names)}.")
    return [(target, np.eye(len(axes))[names.index(target)])]


def _rows(forecast: _Forecast, name: str, along: Array, rng: np.random.Generator) -> dict[str, Any]:
    target = forecast.draws @ along
    promised = expected_shrinkage(target, forecast.mean, forecast.variance, rng)
    error = np.sqrt(forecast.variance.mean(0))
    information = 0.5 * np.log1p(forecast.mean.var(0) / error**2)
    noisy = [replace(c, standard_error=float(e)) for c, e in zip(forecast.candidates, error, strict=True)]
    together = greedy(joint_covariance(target, forecast.mean), noisy, _TOGETHER)
    order = np.argsort(promised, kind="stable")[:SHOWN]
    return {
        "target": name,
        "spread": float(target.std()),
        "single": [_row(forecast.candidates[i], float(promised[i]), float(information[i])) for i in order],
        "together": [_row(one.candidate, one.shrinkage, one.information) for one in together],
    }


def _row(candidate: Candidate, promised: float, information: float) -> Mapping[str, Any]:
    return {
        "measurement": candidate.name,
        "kind": candidate.kind,
        "unit": candidate.unit,
        "standard_error": float(candidate.standard_error),
        "promised": promised,
        "information": information,
    }
