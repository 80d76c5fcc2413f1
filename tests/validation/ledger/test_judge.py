"""Verdicts on effects: each kind can hold, fail and stay open; domains are listed and never averaged."""

import numpy as np
import pytest

from mesobridge.validation.ledger.effect import Effect
from mesobridge.validation.ledger.judge import judge, judge_effect, over_domains
from mesobridge.validation.ledger.statement import Statement
from mesobridge.validation.verdict import Measurement


def statement(kind, *, value=0.0, margin=1.0, domains=("x",)) -> Statement:
    return Statement(
        id="s", text="t", place="p", kind=kind, value=value, margin=margin, unit="1", experiment="e", observable="a",
        domains=domains, papers=("shine2021",),
    )  # fmt: skip


def number(value, error=0.1) -> Measurement:
    return Measurement(value=value, standard_error=error, degrees_of_freedom=9)


def effect(value, error=0.1, *, domain="x", steps=()) -> Effect:
    return Effect(observable="a", domain=domain, unit="1", measurement=number(value, error), steps=steps)


@pytest.mark.parametrize(
    ("kind", "value", "holds", "fails", "undecided"),
    [
        ("rises", 0.0, (3, 0.1), (-3, 0.1), (0.5, 2.0)),
        ("rises", 0.0, (1.1, 0.1), (0.5, 0.1), (1.0, 1.0)),
        ("greater", 0.0, (3, 0.1), (0.0, 0.1), (0.5, 2.0)),
        ("falls", 0.0, (-3, 0.1), (3, 0.1), (-0.5, 2.0)),
        ("unchanged", 0.0, (0.2, 0.1), (2.0, 0.1), (1.0, 0.1)),
        ("near", 5.0, (5.2, 0.1), (7.0, 0.1), (6.0, 0.1)),
        ("exists", 0.0, (2.0, 0.1), (0.5, 0.1), (1.0, 0.1)),
    ],
)
def test_every_kind_can_hold_fail_and_stay_open(kind, value, holds, fails, undecided):
    claim = statement(kind, value=value)
    assert judge_effect(claim, effect(*holds)) == "holds"
    assert judge_effect(claim, effect(*fails)) == "fails"
    assert judge_effect(claim, effect(*undecided)) == "undecided"


@pytest.mark.parametrize(
    ("steps", "verdict"),
    [
        ((1.0, 2.0, 1.5), "holds"),
        ((1.0, -2.0, 1.5), "fails"),
        ((1.0, 0.0, 1.5), "fails"),
        ((1.0, 0.35, 1.5), "holds"),
        ((1.0, 0.15, 1.5), "undecided"),
    ],
)
def test_a_series_holds_by_all_its_steps_and_fails_by_one(steps, verdict):
    claim = statement("monotone", value=1, margin=0.4)
    assert judge_effect(claim, effect(sum(steps), steps=tuple(map(number, steps)))) == verdict
    opposite = statement("monotone", value=-1, margin=0.4)
    turned = tuple(number(-step) for step in steps)
    assert judge_effect(opposite, effect(-sum(steps), steps=turned)) == verdict


def test_an_effect_that_is_shown_but_too_small_to_speak_of_does_not_hold():
    assert judge_effect(statement("rises", margin=1.0), effect(0.5, 0.01)) == "fails"
    assert judge_effect(statement("rises", margin=0.1), effect(0.5, 0.01)) == "holds"


def test_what_was_not_measured_is_undecided_with_its_reason():
    unseen = Effect(observable="a", domain="x", unit="1", reason="no data")
    assert judge_effect(statement("rises"), unseen) == "undecided"
    with pytest.raises(ValueError, match="neither number nor reason"):
        Effect(observable="a", domain="x", unit="1")


@pytest.mark.parametrize(
    ("verdicts", "overall"),
    [
        (("holds", "holds"), "holds everywhere"),
        (("holds", "fails"), "holds in part"),
        (("holds", "undecided"), "holds in part"),
        (("fails", "undecided"), "fails"),
        (("undecided",), "undecided"),
    ],
)
def test_domains_are_counted_not_averaged(verdicts, overall):
    assert over_domains(verdicts) == overall


def test_two_domains_with_opposite_effects_do_not_cancel():
    claim = statement("unchanged", domains=("x", "y"))
    judged = judge(claim, {"x": effect(3.0), "y": effect(-3.0, domain="y")})
    assert judged.overall == "fails"
    assert judged.where("fails") == ("x", "y")


def test_a_domain_without_an_effect_and_a_foreign_unit_are_faults():
    with pytest.raises(ValueError, match="no effect of 'a' in 'y'"):
        judge(statement("rises", domains=("y",)), {"x": effect(1.0)})
    foreign = Effect(observable="a", domain="x", unit="V", measurement=number(1.0))
    with pytest.raises(ValueError, match="the effect is in 'V'"):
        judge(statement("rises"), {"x": foreign})


@pytest.mark.parametrize(
    ("kind", "truth", "margin", "wrong", "rate"),
    [
        ("unchanged", 1.0, 1.0, "holds", 0.05),
        ("exists", 1.0, 1.0, "holds", 0.025),
        ("rises", 0.0, 1e-6, "holds", 0.025),
        ("rises", 1.0, 1.0, "fails", 0.05),
        ("falls", 0.0, 1e-6, "holds", 0.025),
        ("falls", -1.0, 1.0, "fails", 0.05),
    ],
)
def test_at_the_edge_of_the_claim_wrong_verdicts_come_at_the_stated_rate(kind, truth, margin, wrong, rate):
    """The worst truth for each test: an effect on the margin itself, or none at all.

    A direction with a margin can be wrong on both sides: no effect called one, and one as large as the margin called
    too small to speak of.
    """
    rng, trials = np.random.default_rng(5), 4000
    claim = statement(kind, margin=margin)
    samples = rng.normal(truth, 1.0, (trials, 10))
    errors = samples.std(1, ddof=1) / np.sqrt(10) * 0.3
    values = truth + 0.3 * (samples.mean(1) - truth)
    found = sum(judge_effect(claim, effect(v, e)) == wrong for v, e in zip(values, errors, strict=True)) / trials
    assert found == pytest.approx(rate, abs=4 * np.sqrt(rate * (1 - rate) / trials))
