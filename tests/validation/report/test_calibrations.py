"""The report's section on calibrated models says what calibration.json says, and is silent without one."""

from typing import Any

import pytest
import xarray as xr
from matplotlib.figure import Figure

from mesobridge.bridge.calibration import CALIBRATIONS, Calibration
from mesobridge.validation.calibration_document import calibration_document
from mesobridge.validation.report.calibrations import condition_title, drawn_conditions, has_curves, of_calibrations
from mesobridge.validation.report.figures.calibrated import draw_calibrated
from mesobridge.validation.report.page import render_page

from ...bridge.calibration.planted_population import SKEWED, modulated, planted


def calibration(name: str) -> dict[str, Any]:
    target = CALIBRATIONS[name]
    base, changed = planted(SKEWED), modulated()
    first = target.calibrate(base)
    second = target.calibrate(changed, base=base, base_model=first)
    left_out = {"threshold_shift[review] -4 mV": "No response."}
    found = Calibration(
        title="planted",
        models=(first, second),
        cell={},
        citation=target.citation,
        provenance={"started": "then", "left out": left_out},
    )
    return calibration_document(found, (base, changed))


@pytest.fixture(scope="module")
def kept() -> list[dict[str, Any]]:
    return [calibration("jansen-rit"), calibration("empirical")]


def test_rows_are_the_numbers_of_the_calibration(kept):
    part = of_calibrations({"calibrations": kept})[0]
    rows = {row.name: row for row in part.parameters}
    assert list(rows) == list(kept[0]["conditions"][0]["parameters"])
    assert (rows["B"].value, rows["B"].unit, rows["B"].interval, rows["B"].source) == ("22", "mV", "", "published")
    assert (rows["a"].value, rows["a"].unit, rows["a"].interval) == ("100.0", "1/s", "[97.1, 103.0]")
    assert part.columns == ("A (mV)", "a (1/s)", "e0 (Hz)", "v0 (mV)", "r (1/mV)")
    assert [row.title for row in part.conditions] == ["untouched", "ampa_density ×1.4"]
    assert part.conditions[1].cells[1][1].startswith("×1.100 [")
    assert part.left_out == (("threshold_shift −4 mV", "No response."),)


def test_misfits_are_those_of_the_untouched_and_of_the_worst_condition(kept):
    part = of_calibrations({"calibrations": kept})[0]
    assert {row.condition for row in part.misfits} == {"untouched", "ampa_density ×1.4"}
    shape = part.misfits[0]
    assert shape.rate.endswith("Hz")
    assert shape.gain.endswith("%")
    assert shape.spectrum == ""
    assert drawn_conditions(kept[0])[0] is kept[0]["conditions"][0]


def test_only_models_with_curves_of_their_own_are_drawn(kept):
    assert [has_curves(one) for one in kept] == [True, False]
    figure = draw_calibrated(drawn_conditions(kept[0]))
    assert isinstance(figure, Figure)
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["untouched", "ampa_density ×1.4", "calibrated model"]
    assert all(axes.get_xlabel() and axes.get_ylabel() for axes in figure.axes)
    alone = {**kept[0], "conditions": kept[0]["conditions"][:1]}
    assert len(drawn_conditions(alone)) == 1


def test_titles_are_those_of_the_rest_of_the_report():
    assert condition_title("base") == "untouched"
    assert condition_title("gaba_b_density[bio] ×2") == "gaba_b_density[bio] ×2"


def test_the_page_has_the_section_only_with_a_calibration(dataset: xr.Dataset, document, page, kept):
    assert "Calibrated mass models" not in page
    from mesobridge.validation.report.figures.album import Picture

    class AnyPicture(dict):
        """Pictures that are not drawn here."""

        def __missing__(self, name):
            return Picture(name, "", "", missing="not drawn")

    shown = render_page(dataset, {**document, "calibrations": kept}, "", AnyPicture())
    assert "jansen-rit: cortical column of Jansen and Rit" in shown
    assert 'href="#calibrations"' in shown
    assert "middle of the sigmoid above the potential without spikes of the channel" in shown
    assert "Jansen" in shown.split('id="papers"')[1]
