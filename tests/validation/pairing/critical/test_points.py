"""Critical points of a planted network with two states: found where they are, and no wrong weight is let through."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield import PopulationNetwork
from mesobridge.validation.pairing.critical.branches import hysteresis
from mesobridge.validation.pairing.critical.points import critical_points, fold_shift, shift
from mesobridge.validation.pairing.critical.record import sweep_dataset, sweep_facts
from mesobridge.validation.pairing.critical.rows import critical_rows
from mesobridge.validation.pairing.critical.sweep import Sweep, followed
from mesobridge.validation.pairing.walk import pair
from mesobridge.validation.report.pairing_page import write_pairing

from ..lnp import STUDY
from ..two_states import FACTORS, SPIKE, USUAL, folds, self_exciting, swept

STRONGER = 1.05
RAISED = 0.2e-3  # V


@cache
def right(condition: str) -> Sweep:
    network = {"base": self_exciting(), "stronger": self_exciting(STRONGER)}[condition]
    return swept(condition, network, network)


def verdicts(*sweeps: Sweep) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in critical_rows(sweeps):
        found.setdefault(row.kind, set()).add(row.verdict)
    return found


def test_folds_are_those_of_the_closed_form() -> None:
    _, points = followed(self_exciting(), "E.external", FACTORS)
    assert_allclose(sorted(p.value for p in points), sorted(folds()), rtol=1e-8)


def test_the_ends_of_a_hysteresis_lie_between_their_neighbours() -> None:
    values = np.linspace(0, 10, 21)
    up, down = np.where(values < 7.2, 1.0, 50.0), np.where(values < 3.1, 1.0, 50.0)
    ends = hysteresis(values, up, down, least=5.0)
    assert [(jump.low, jump.high) for jump in ends if jump] == [(7.0, 7.5), (3.0, 3.5)]
    assert hysteresis(values, up, up, least=5.0) == (None, None)
    assert hysteresis(values, np.ones(21), np.full(21, 50.0), least=5.0) == (None, None)


def test_a_planted_network_jumps_where_its_states_end() -> None:
    base = right("base")
    points = critical_points(base)
    assert [point.way for point in points] == ["up", "down"]
    for point, truth in zip(points, folds()[::-1], strict=True):
        assert point.network is not None
        assert point.finite is not None
        low, high = point.network.interval()
        # Twice the step of the sweep: noise and the time that the state takes to leave.
        assert low - 0.01 < truth < high + 0.01
        assert abs(point.network.value - point.finite.value) < 3 * np.hypot(
            point.network.standard_error, point.finite.standard_error
        )
    assert verdicts(base) == {"hysteresis": {"holds"}, "critical point": {"holds"}, "jump": {"holds"}}


def test_the_shift_of_both_points_is_found_and_a_wrong_weight_is_refused() -> None:
    base, after = right("base"), right("stronger")
    for way, one, other in zip((1, 0), critical_points(base), critical_points(after), strict=True):
        truth = folds(STRONGER)[way] - folds()[way]
        measured, predicted = shift(one, other), fold_shift(one, other)
        assert measured is not None
        assert predicted is not None
        assert_allclose(predicted.value, truth, atol=1e-6)
        assert abs(measured.value - truth) < 3 * measured.standard_error
    assert "fails" not in verdicts(base, after)["critical shift"]
    wrong = swept("stronger", self_exciting(STRONGER), self_exciting((1 + STRONGER) / 2))
    assert "fails" in verdicts(base, wrong)["critical shift"]


@pytest.mark.slow
def test_the_interval_of_a_fold_is_the_scatter_of_the_estimates() -> None:
    """A threshold with a known error moves both folds as a drive of that size would."""
    rng = np.random.default_rng(4)
    drawn = [self_exciting(threshold=float(rng.normal(0.0, RAISED))) for _ in range(24)]
    found = swept("base", self_exciting(), self_exciting(), drawn)
    for point in critical_points(found):
        assert point.fold is not None
        expected = RAISED / (SPIKE * USUAL)
        assert abs(point.fold.standard_error - expected) < 4 * expected / np.sqrt(2 * 24)


def test_a_mean_field_that_has_one_state_only_fails() -> None:
    weak = self_exciting(0.4)
    found = swept("base", self_exciting(), weak)
    assert verdicts(found)["hysteresis"] == {"fails"}
    assert sweep_facts([found])["conditions"][0]["points"][0]["fold"] is None  # type: ignore[index]


def test_a_sweep_whose_branches_cannot_be_followed_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise ValueError("the branch cannot be followed")

    monkeypatch.setattr(PopulationNetwork, "continuation", refused)
    found = swept("base", self_exciting(), self_exciting())
    assert found.unfollowed == "the branch cannot be followed"
    assert verdicts(found) == {"hysteresis": {"holds"}, "jump": {"holds"}}
    assert "branch_rate" not in sweep_dataset([found], ["E"])


def test_what_is_kept_of_a_sweep() -> None:
    data = sweep_dataset([right("base"), right("stronger")], ["E"])
    assert data["sweep_rate"].shape == (2, 2, len(FACTORS), 1)
    assert data["branch_unstable"].values.max() == 1
    assert set(data["branch_sweep"].values.tolist()) == {0, 1}
    facts = sweep_facts([right("base"), right("stronger")])
    assert facts is not None
    assert len(facts["shifts"]) == 2
    assert sweep_facts([]) is None


def test_a_small_network_jumps_where_mean_fields_of_its_size_do() -> None:
    """The infinite mean field cannot know how far noise moves the jumps; its finite twins do."""
    truth = self_exciting(size=60)
    for point in critical_points(swept("base", truth, truth)):
        assert point.network is not None
        assert point.finite is not None
        error = np.hypot(point.network.standard_error, point.finite.standard_error)
        assert abs(point.network.value - point.finite.value) < 4 * error


@pytest.mark.slow
@pytest.mark.cpp
def test_a_circuit_without_two_states_is_swept_in_every_condition_and_has_no_jump(tmp_path: Path) -> None:
    sweep = {
        "target": "E",
        "channel": "external",
        "factors": [0.95, 1.0, 1.05],
        "hold": "0.2 s",
        "repeats": 2,
        "draws": 10,
    }
    shifted = {"mechanism": "threshold_shift", "amount": "0.5 mV", "populations": ["E"]}
    changes = {"duration": "2 s", "two_moments": False, "stimuli": [], "sweep": sweep, "modulations": [shifted]}
    result = pair(STUDY | {"pairing": changes}, folder=tmp_path)
    found = result.document["circuit"]["sweep"]
    assert [condition["name"] for condition in found["conditions"]] == ["base", "threshold_shift 0.5 mV (E)"]
    assert all(point["network"] is None for condition in found["conditions"] for point in condition["points"])
    rows = [row for row in result.document["circuit"]["verdicts"] if row["kind"] == "hysteresis"]
    assert [row["verdict"] for row in rows] == ["holds", "holds"]
    assert "Sweeps and critical points" in write_pairing(result, tmp_path).read_text(encoding="utf-8")
