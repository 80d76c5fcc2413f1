"""An additive pair is found additive and a planted interaction found, at the stated rates; closed forms."""

import math
import tomllib
from pathlib import Path

import numpy as np
import pytest

from mesobridge.bridge.estimate import FEATURE_UNITS
from mesobridge.bridge.prediction import operating_point
from mesobridge.meanfield import ExGaussianSigmoid
from mesobridge.spiking import MECHANISMS, POPULATIONS, EscapeRateCell
from mesobridge.validation import interaction as module
from mesobridge.validation.interaction import additivity, interaction_cell, interaction_margins
from mesobridge.validation.margins import read_margins
from mesobridge.validation.prediction import PredictionRequest, predict
from mesobridge.validation.replicated import contrast

from .replicates import planted

TRIALS = 400
WEIGHTS = (1.0, -1.0, -1.0, 1.0)
DENSITY, SHIFT, DRIVE = 1.6, -0.003, 60e-12


def effects(interaction: float) -> list[float]:
    """Gains under both levers, the first, the second and neither, with an interaction of their logarithms."""
    return [10 * math.exp(0.3 - 0.5 + interaction), 10 * math.exp(0.3), 10 * math.exp(-0.5), 10.0]


def verdicts(interaction: float, error: float) -> list[str]:
    rng, margin = np.random.default_rng(8), interaction_margins()["gain"].margin
    found = []
    for _ in range(TRIALS):
        four = planted(effects(interaction), error, rng, common=0.5)
        measured = contrast(list(zip(WEIGHTS, four, strict=True)), "gain", "log")
        assert measured is not None
        found.append(additivity(measured, margin))
    return found


def test_an_additive_pair_is_found_additive():
    assert verdicts(0.0, 0.1).count("additive") > 0.95 * TRIALS
    assert verdicts(0.0, 0.1).count("interacts") == 0


def test_a_planted_interaction_is_found():
    assert verdicts(0.3, 0.1).count("interacts") > 0.95 * TRIALS
    assert verdicts(-0.3, 0.1).count("interacts") > 0.95 * TRIALS


def test_an_interaction_as_large_as_the_margin_is_called_additive_at_the_stated_rate_only():
    found = verdicts(interaction_margins()["gain"].margin, 0.2)
    most = 0.05 * TRIALS + 3 * math.sqrt(TRIALS * 0.05 * 0.95)
    assert found.count("additive") <= most
    assert found.count("interacts") <= most
    assert found.count("undecided") > 0.8 * TRIALS


def request() -> PredictionRequest:
    return PredictionRequest(
        channel="current", lowest=-1e-10, highest=4e-10, v_above=0.02, afferent="excitatory", operating_drive=DRIVE,
        lags=(0.0, 0.01),
    )  # fmt: skip


@pytest.fixture(scope="module")
def predicted():
    """Predicted features under both levers, the first, the second and neither."""
    density, shift = MECHANISMS["ampa_density"], MECHANISMS["threshold_shift"]
    base = POPULATIONS["escape_rate"]()
    first, second = density.apply(base, DENSITY), shift.apply(base, SHIFT)
    both = shift.apply(first, SHIFT)
    assert both == density.apply(second, DENSITY), "these two commute"
    return [predict(population, request()).features for population in (both, first, second, base)]


def test_the_interaction_of_density_and_threshold_is_the_one_in_closed_form(predicted):
    """Gain is Q'(V) area: the areas multiply, so the interaction is that of ln Q' at four distances from threshold."""
    log_slope = []
    for density, shift in ((DENSITY, SHIFT), (DENSITY, 0.0), (1.0, SHIFT), (1.0, 0.0)):
        population = MECHANISMS["ampa_density"].apply(POPULATIONS["escape_rate"](), density)
        point, cell = operating_point(population, current=DRIVE), population.cell
        assert isinstance(cell, EscapeRateCell)
        width = math.hypot(cell.threshold_spread, point.sigma_v)
        curve = ExGaussianSigmoid(cell.q_max, cell.threshold + shift, width, cell.kappa)
        log_slope.append(math.log(float(curve.gain(point.v))))
    exact = sum(weight * value for weight, value in zip(WEIGHTS, log_slope, strict=True))
    assert abs(exact) > 0.05, "the comparison must not be empty"
    cells = {name: interaction_cell(name, planted([1.0] * 4, 0.1, np.random.default_rng(1)), predicted) for name in
             ("gain", "area", "operating_v", "v50")}  # fmt: skip
    assert cells["gain"]["predicted"] == pytest.approx(exact, rel=0.02)
    assert cells["gain"]["predicted"] != pytest.approx(-exact, rel=0.5)
    assert cells["area"]["predicted"] == pytest.approx(0.0, abs=1e-9)
    assert cells["operating_v"]["predicted"] == pytest.approx(0.0, abs=1e-9)
    assert abs(cells["v50"]["predicted"]) < 1e-5


def test_a_cell_says_effects_interaction_and_both_verdicts():
    four = planted(effects(0.4), 0.02, np.random.default_rng(2))
    theory = [{"gain": value} for value in effects(0.4)]
    cell = interaction_cell("gain", four, theory)
    assert cell["scale"] == "log"
    assert cell["first"]["value"] == pytest.approx(0.3, abs=0.01)
    assert cell["second"]["value"] == pytest.approx(-0.5, abs=0.02)
    assert cell["interaction"]["value"] == pytest.approx(0.4, abs=0.02)
    assert cell["predicted"] == pytest.approx(0.4)
    assert (cell["verdict"], cell["sign"], cell["prediction"]) == ("interacts", "+", "holds")
    wrong = interaction_cell("gain", four, [{"gain": value} for value in effects(-0.2)])
    assert wrong["prediction"] == "fails"


def test_potentials_add_as_they_are():
    four = planted([-0.047, -0.050, -0.052, -0.055], 1e-5, np.random.default_rng(2), name="v50")
    cell = interaction_cell("v50", four, [{}, {}, {}, {}])
    assert (cell["scale"], cell["unit"], cell["verdict"]) == ("linear", "V", "additive")
    assert cell["interaction"]["value"] == pytest.approx(0.0, abs=1e-4)
    assert cell["reason"] == "no prediction"


def test_what_changes_its_sign_has_no_logarithm():
    four = planted([1.0, -1.0, 1.0, 1.0], 0.01, np.random.default_rng(2))
    cell = interaction_cell("gain", four, [{}] * 4)
    assert cell["interaction"] is None
    assert cell["verdict"] == "undecided"
    assert "one sign" in cell["reason"]


def test_every_feature_has_a_scale_and_the_margins_are_those_of_a_change_that_counts_as_none():
    table = tomllib.loads(Path(module.__file__).with_name("interaction_margins.toml").read_text(encoding="utf-8"))
    assert set(table) == set(interaction_margins()) == set(FEATURE_UNITS)
    additive = {"v10", "v50", "v90", "v_max_slope", "operating_v", "skew"}
    for name, row in interaction_margins().items():
        known = read_margins()
        assert row.margin == (known.fraction[name] if row.scale == "log" else known.floor[name]), name
        assert row.scale == ("linear" if name in additive else "log")
