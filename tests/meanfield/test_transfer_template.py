"""The transfer-function template: published numbers, the printed formula, and whom it refuses."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield import ConductanceCell, ConductanceSynapse, TransferTemplate

RS, FS = (TransferTemplate.published(f"divolo2019-{kind}") for kind in ("rs", "fs"))


def test_published_rates() -> None:
    # The source adds 1 mHz to both rates.
    assert_allclose(RS([4.001, 8.001]), 7.20879, atol=5e-6)
    assert_allclose(FS([4.001, 8.001]), 16.00827, atol=5e-6)


def test_the_formula_as_printed() -> None:
    g = np.array([400 * 4.0 * 1.5 * 5e-3, 100 * 8.0 * 5 * 5e-3])  # nS
    whole = 10 + g.sum()
    mu = (10 * -65 + g[1] * -80) / whole
    tau_m = 200 / whole  # ms
    u = np.array([1.5, 5.0]) / whole * (np.array([0.0, -80.0]) - mu)
    power = np.array([1.6, 0.8]) * (u * 5) ** 2
    sigma = math.sqrt((power / (2 * (5 + tau_m))).sum())
    tau = power.sum() / (power / (5 + tau_m)).sum()
    v, s, t = (mu + 60) / 10, (sigma - 4) / 6, tau * 10 / 200 - 0.5
    p = RS.coefficients
    linear = p[0] + p[1] * v + p[2] * s + p[3] * t
    threshold = linear + p[4] * v**2 + p[5] * s**2 + p[6] * t**2 + p[7] * v * s + p[8] * v * t + p[9] * s * t
    rate = math.erfc((1e3 * threshold - mu) / (math.sqrt(2) * sigma)) / (2 * tau * 1e-3)
    assert_allclose(RS([4.0, 8.0]), rate, rtol=1e-12)


def test_the_printed_table_is_another_surface() -> None:
    printed = TransferTemplate.published("divolo2019-rs-printed")
    rates = np.stack(np.meshgrid(np.linspace(2, 20, 10), np.linspace(2, 20, 10)), axis=-1)
    difference = np.abs(printed(rates) / RS(rates) - 1)
    assert_allclose(printed([10.001, 20.001]), 9.77, atol=5e-3)
    assert_allclose(RS([10.001, 20.001]), 11.09, atol=5e-3)
    assert difference.max() > 0.1
    rounded = TransferTemplate.published("divolo2019-fs-printed")
    assert np.abs(rounded(rates) / FS(rates) - 1).max() < difference.max()


def test_an_adaptation_current_lowers_the_rate() -> None:
    rates = RS([4.0, 8.0], current=-np.linspace(0, 50e-12, 6))
    assert rates.shape == (6,)
    assert np.all(np.diff(rates) < 0)


def test_without_fluctuations_it_is_a_step() -> None:
    silent, driven = RS([0.0, 0.0]), RS([0.0, 0.0], current=500e-12)
    assert silent == 0
    assert_allclose(driven, 1 / 20e-3)


def test_the_rate_never_passes_one_over_the_time_constant() -> None:
    rates = np.stack(np.meshgrid(np.linspace(0, 40, 21), np.linspace(0, 40, 21)), axis=-1)
    found = RS(rates)
    assert np.all(found >= 0)
    assert np.all(found * RS.cell.moments(rates).tau_v <= 1)


def test_another_cell_is_refused_and_the_difference_named() -> None:
    cell = RS.cell
    other = ConductanceCell(
        capacitance=250e-12,
        leak_conductance=cell.leak_conductance,
        leak_reversal=cell.leak_reversal,
        synapses=cell.synapses,
        spiking=cell.spiking,
    )
    assert_allclose(RS([4.0, 8.0], cell=cell), RS([4.0, 8.0]))
    with pytest.raises(ValueError, match=r"another cell; yours has capacitance 2.5e-10"):
        RS([4.0, 8.0], cell=other)
    with pytest.raises(ValueError, match="spiking"):
        RS([4.0, 8.0], cell=FS.cell)


def test_outside_the_box() -> None:
    with pytest.raises(ValueError, match="outside the fitted box, 0 to 40 Hz"):
        RS([4.0, 41.0])
    with pytest.warns(UserWarning, match="41 Hz into synapse 1"):
        warned = RS([4.0, 41.0], outside="warn")
    assert_allclose(warned, RS([4.0, 41.0], outside="allow"))


def test_populations_are_summed_per_receptor() -> None:
    of_populations = RS.population([[300, 0, 100], [0, 100, 0]])
    rates = np.array([[5.0, 10.0, 2.0], [1.0, 4.0, 8.0]])
    single = np.stack([(300 * rates[:, 0] + 100 * rates[:, 2]) / 400, rates[:, 1]], axis=-1)
    assert_allclose(of_populations(rates), RS(single))


def test_rates_and_currents_take_units() -> None:
    texts: Any = {"rates": ["4 Hz", "8 Hz"], "current": "-20 pA"}
    assert_allclose(RS(**texts), RS([4.0, 8.0], current=-20e-12))


def test_wrong_sets_are_refused() -> None:
    with pytest.raises(ValueError, match="there are: divolo2019-rs"):
        TransferTemplate.published("unknown")
    with pytest.raises(ValueError, match="give 10 coefficients"):
        TransferTemplate(cell=RS.cell, coefficients=(1.0,), lowest=(0.0, 0.0), highest=(1.0, 1.0))


def test_one_synapse_type_is_enough() -> None:
    cell = ConductanceCell(
        capacitance=200e-12,
        leak_conductance=10e-9,
        leak_reversal=-65e-3,
        synapses=[ConductanceSynapse(weight=1e-9, reversal=0.0, decay=5e-3, number=200)],
        spiking={"v_threshold": -50e-3, "v_reset": -65e-3},
    )
    template = TransferTemplate(cell=cell, coefficients=RS.coefficients, lowest=(0.0,), highest=(20.0,))
    assert np.all(np.diff(template(np.linspace(0, 10, 11)[:, None])) > 0)


@pytest.mark.parametrize("rates", [[4.0, 8.0], [4.0, 41.0]])
def test_an_unknown_word_for_outside_is_refused(rates: list[float]) -> None:
    with pytest.raises(ValueError, match="outside = 'bogus' is unknown; give one of refuse, warn, allow"):
        RS(rates, outside="bogus")  # type: ignore[arg-type]


def test_a_template_without_a_cell_that_says_when_it_fires_is_refused() -> None:
    box: dict[str, Any] = {"coefficients": RS.coefficients, "lowest": RS.lowest, "highest": RS.highest}
    with pytest.raises(ValueError, match="whose spiking says when it fires, or the template would pass for any cell"):
        TransferTemplate(cell=replace(RS.cell, spiking={}), **box)
    with pytest.raises(ValueError, match="must be a ConductanceCell"):
        TransferTemplate(cell=None, **box)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="cell"):
        TransferTemplate(**box)
    by_hand = TransferTemplate(cell=replace(RS.cell, spiking={"v_threshold": -48e-3}), **box)
    with pytest.raises(ValueError, match="fitted for another cell"):
        by_hand([4.0, 8.0], cell=RS.cell)


def test_every_published_set_says_when_its_cell_fires() -> None:
    for template, slope in ((RS, 2e-3), (FS, 0.5e-3)):
        assert template.cell.spiking["slope_factor"] == slope
        assert template.cell.spiking["v_threshold"] == -50e-3
        assert template.cell.spiking["tau_ref"] == 5e-3
    assert RS.cell != FS.cell


@pytest.mark.parametrize("changed", ["membrane", "synapses", "spiking"])
def test_no_way_of_evaluating_takes_another_cell(changed: str) -> None:
    cell = RS.cell
    other = {
        "membrane": replace(cell, leak_reversal=-63e-3),
        "synapses": replace(cell, synapses=cell.synapses[::-1]),
        "spiking": replace(cell, spiking={**cell.spiking, "tau_ref": 2e-3}),
    }[changed]
    moments = other.moments([4.0, 8.0])
    for refused in (
        lambda: RS([4.0, 8.0], cell=other),
        lambda: RS.rate_at(moments, cell=other),
        lambda: RS.effective_threshold(moments, cell=other),
        lambda: RS.population(np.diag([400.0, 100.0]), cell=other),
    ):
        with pytest.raises(ValueError, match="TransferTemplate: fitted for another cell; yours has"):
            refused()


def test_every_way_of_evaluating_takes_its_own_cell() -> None:
    expected, rates = RS([4.0, 8.0]), np.array([4.0, 8.0])
    moments = RS.cell.moments(rates)
    assert RS(rates, cell=RS.cell) == expected
    assert RS.rate_at(moments, cell=RS.cell) == expected
    assert RS.population(np.diag([400.0, 100.0]), cell=RS.cell)(rates) == expected


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"coefficients": (np.nan,) * 10}, "are not finite"),
        ({"lowest": (5.0, 0.0), "highest": (4.0, 40.0)}, "is empty"),
        ({"highest": (np.nan, 40.0)}, "is empty"),
        ({"lowest": (-1.0, 0.0)}, "below 0 Hz"),
    ],
)
def test_numbers_that_are_no_template_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(RS, **change)
