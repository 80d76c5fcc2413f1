"""The verb ``explain``: which mechanisms could have made an observed change, and what would tell them apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ...bridge.inverse import InverseProblem, Sensitivity, solve
from ..result import Result, read_result
from .columns import USUAL, Column, Source, feature_columns
from .design import design
from .document import answer_document, sensitivity_document
from .joint_prediction import with_predicted_interactions
from .levers import mixture_response
from .mistakes import ExplainError
from .next_measurement import next_measurements
from .observed import Question, observation, read_question
from .self_test import question_of_condition
from .spectrum import power_columns
from .words import sentences

Array = NDArray[np.floating]


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """What was asked of a result and what it answers.

    ``document`` is plain JSON: the sensitivity of the features to the levers, and with an observation the mixtures that
    explain it. ``problem`` can be asked about any other mixture; it is None without an observation.
    """

    document: dict[str, Any]
    problem: InverseProblem | None

    @property
    def explained(self) -> bool | None:
        """Whether some mixture explains the observation; None if there was none."""
        return None if self.problem is None else bool(self.document["answer"]["explained"])

    def explains(self, amounts: Mapping[str, float]) -> bool:
        """Tell whether a mixture, given by the amounts (SI) of some levers, is in the set.

        Raises
        ------
        ExplainError
            If nothing was observed, a lever is unknown, or an amount lies outside the bounds.
        """
        if self.problem is None:
            raise ExplainError("Nothing was observed, so there is nothing to explain; give an observation.")
        axes = {axis.name: axis for axis in self.problem.response.axes}
        doses = np.zeros(len(axes))
        for name, amount in amounts.items():
            if name not in axes or not axes[name].lowest <= amount <= axes[name].highest:
                known = ", ".join(f"{a.name} from {a.lowest:g} to {a.highest:g}" for a in axes.values())
                raise ExplainError(f"{name} {amount:g}: possible are {known}.")
            doses[list(axes).index(name)] = axes[name].dose(amount)
        return bool(self.problem.explains(doses)[0])


@dataclass(frozen=True, kw_only=True)
class _Inquiry:
    """Everything that was asked: of which result, about which levers, by which curves, at which level."""

    result: Result
    mechanisms: Sequence[str] | None
    source: Source
    target: str | None
    level: float
    seed: int


def explain(
    result: Result | str | Path,
    observed: Question | Mapping[str, Any] | str | Path | None = None,
    *,
    condition: str | None = None,
    mechanisms: Sequence[str] | None = None,
    source: Source | None = None,
    interactions: Literal["known", "predicted"] = "known",
    target: str | None = None,
    level: float | None = None,
    seed: int = 0,
) -> Explanation:
    """Return the mixtures of mechanisms that explain an observed change; without one, what could be told apart.

    Parameters
    ----------
    result : Result or path
        A finished study, whose levers are the mechanisms and whose dose curves say what they do.
    observed : mapping or path, optional
        The observed change: features with value and standard error, see docs/inverse.md.
    condition : str, optional
        A condition of the result taken as the observation, as a test of the method on itself.
    mechanisms : sequence of str, optional
        Levers that count as possible; all of the study by default.
    source : {"measured", "predicted"}, optional
        Where the dose curves come from. Measured by default; predicted with ``condition``, which would otherwise be
        explained by itself.
    interactions : {"known", "predicted"}
        Those that the study has measured, or also predicted ones for all other pairs of levers (seconds for each).
    target : str, optional
        Lever whose range the next measurement is to shorten; by default the direction that is least determined. Without
        an observation: feature of the untouched population whose interval is to be shortened.
    level : float, optional
        Confidence level; that of the study by default.
    seed : int
        Of the draws of plausible mixtures.

    Returns
    -------
    Explanation

    Raises
    ------
    ExplainError
        If the observation cannot be read, or the result cannot answer.
    """
    given = result if isinstance(result, Result) else read_result(Path(result))
    if observed is not None and condition is not None:
        raise ExplainError("Both an observation and a condition were given; give one of them.")
    inquiry = _Inquiry(
        result=given if interactions == "known" else with_predicted_interactions(given, mechanisms),
        mechanisms=mechanisms,
        source=source or ("predicted" if condition is not None else "measured"),
        target=target,
        level=given.study.report.level if level is None else level,
        seed=seed,
    )
    if condition is not None:
        return _answer(inquiry, question_of_condition(given, condition))
    return _without_observation(inquiry) if observed is None else _answer(inquiry, read_question(observed))


def _without_observation(inquiry: _Inquiry) -> Explanation:
    result, source = inquiry.result, inquiry.source
    columns = feature_columns(result.dataset, USUAL, source)
    if not columns:
        raise ExplainError(f"This result has no {source} features.")
    response, notes = mixture_response(result, columns, levers=inquiry.mechanisms, source=source)
    recording = np.diag([column.recording_error**2 for column in columns])
    found = Sensitivity(response=response, recording=recording)
    rng = np.random.default_rng(inquiry.seed)
    document = sensitivity_document(result, columns, found, source, inquiry.level, rng)
    if inquiry.target is not None:
        document["design"] = design(result, inquiry.target)
    return _told(document | {"notes": notes}, None)


def _columns(inquiry: _Inquiry, question: Question) -> list[Column]:
    names, dataset, source = list(question.entries), inquiry.result.dataset, inquiry.source
    columns = feature_columns(dataset, names, source) + power_columns(dataset, names, source, question.loop)
    missing = [name for name in names if name not in {column.name for column in columns}]
    if missing:
        raise ExplainError(f"{', '.join(missing)}: this result has no such feature ({source}); leave it out.")
    return columns


def _answer(inquiry: _Inquiry, question: Question) -> Explanation:
    columns, rng = _columns(inquiry, question), np.random.default_rng(inquiry.seed)
    response, notes = mixture_response(
        inquiry.result, columns, levers=inquiry.mechanisms, bounds=question.bounds, source=inquiry.source
    )
    seen = observation(question, columns)
    problem = InverseProblem(response=response, observation=seen, level=inquiry.level)
    found = solve(problem, rng, seed=inquiry.seed)
    sensitivity = Sensitivity(response=response, recording=seen.covariance)
    document = sensitivity_document(inquiry.result, columns, sensitivity, inquiry.source, inquiry.level, rng)
    document["answer"] = answer_document(problem, columns, found)
    if found.explained:
        document["answer"]["next"] = next_measurements(
            inquiry.result, problem, columns, found.draws, inquiry.source, question, inquiry.target, rng
        )
    return _told(document | {"notes": notes, "question": question.title}, problem)


def _told(document: dict[str, Any], problem: InverseProblem | None) -> Explanation:
    return Explanation(document=document | {"sentences": sentences(document)}, problem=problem)
