"""From a statement and its effects to a verdict in each domain and one over all of them, never an average."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ..verdict import Measurement, Sign, Verdict, direction, equivalence
from .effect import Effect
from .statement import Statement

Overall = Literal["holds everywhere", "holds in part", "fails", "undecided"]


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A statement with its effect and verdict in every domain, and the verdict over all."""

    statement: Statement
    effects: tuple[Effect, ...]
    verdicts: tuple[Verdict, ...]
    level: float

    @property
    def overall(self) -> Overall:
        """The verdict over all domains: "fails" means in one or more and holding in none."""
        return over_domains(self.verdicts)

    def where(self, verdict: Verdict) -> tuple[str, ...]:
        """Return the domains with this verdict."""
        pairs = zip(self.effects, self.verdicts, strict=True)
        return tuple(effect.domain for effect, found in pairs if found == verdict)


def over_domains(verdicts: Sequence[Verdict]) -> Overall:
    """Return the verdict over several domains."""
    if "holds" in verdicts:
        return "holds everywhere" if set(verdicts) == {"holds"} else "holds in part"
    return "fails" if "fails" in verdicts else "undecided"


def judge(statement: Statement, effects: Mapping[str, Effect], level: float = 0.95) -> Judged:
    """Judge a statement by its effects, one for each of its domains.

    Raises
    ------
    ValueError
        If a domain of the statement has no effect, or the effect is in another unit.
    """
    found = []
    for domain in statement.domains:
        if domain not in effects:
            known = ", ".join(map(repr, effects)) or "none"
            raise ValueError(
                f"{statement.id}: no effect of {statement.observable!r} in {domain!r}; there are: {known}."
            )
        effect = effects[domain]
        if effect.unit != statement.unit:
            raise ValueError(f"{statement.id}: the effect is in {effect.unit!r}, the margin in {statement.unit!r}.")
        found.append(effect)
    verdicts: tuple[Verdict, ...] = tuple(judge_effect(statement, effect, level) for effect in found)
    return Judged(statement=statement, effects=tuple(found), verdicts=verdicts, level=level)


def judge_effect(statement: Statement, effect: Effect, level: float = 0.95) -> Verdict:
    """Judge one effect.

    ========== ================================================== ===================================================
    kind       holds                                              fails
    ========== ================================================== ===================================================
    rises      the interval lies above 0 and the effect is not    it lies below 0, or the effect is equivalent to none
               equivalent to none (within the margin)
    greater    the same, for a difference of effects              the same
    falls      the same, below 0                                  it lies above 0, or the effect is equivalent to none
    unchanged  equivalent to 0 within the margin                  the interval lies outside the margin
    near       equivalent to ``value``                            the interval lies outside the margin about ``value``
    exists     the interval lies above the margin                 the interval lies below the margin
    monotone   every step goes the stated way                     one step goes the other way, or is equivalent to none
    ========== ================================================== ===================================================
    """
    measured = effect.measurement
    if measured is None:
        return "undecided"
    if statement.kind in ("rises", "greater"):
        return _directed(measured, "+", statement.margin, level)
    if statement.kind == "falls":
        return _directed(measured, "-", statement.margin, level)
    if statement.kind == "unchanged":
        return equivalence(measured, statement.margin, 1 - level)
    if statement.kind == "near":
        return equivalence(measured.minus(statement.value), statement.margin, 1 - level)
    if statement.kind == "exists":
        return _beyond(measured, statement.margin, level)
    return _monotone(effect.steps, statement, level)


def _directed(measured: Measurement, sign: Sign, margin: float, level: float) -> Verdict:
    """Judge a direction: an effect that is shown but too small to speak of does not make a statement true."""
    if equivalence(measured, margin, 1 - level) == "holds":
        return "fails"
    return direction(measured, sign, margin, level)


def _beyond(measured: Measurement, margin: float, level: float) -> Verdict:
    low, high = measured.interval(level)
    return "holds" if low > margin else "fails" if high < margin else "undecided"


def _monotone(steps: Sequence[Measurement], statement: Statement, level: float) -> Verdict:
    """Judge a series: all steps must hold, each at ``level``; one that fails after Bonferroni's correction is enough.

    All steps holding is an intersection of tests, which needs no correction; one of them failing is a union.
    """
    if not steps:
        return "undecided"
    sign: Sign = "+" if statement.value > 0 else "-"
    if all(_directed(step, sign, statement.margin, level) == "holds" for step in steps):
        return "holds"
    strict = 1 - (1 - level) / len(steps)
    failed = any(_directed(step, sign, statement.margin, strict) == "fails" for step in steps)
    return "fails" if failed else "undecided"
