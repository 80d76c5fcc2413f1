"""The page says what report.json says, to every reader, and loads nothing from anywhere."""

import base64
import re
from typing import Any

import pytest

from mesobridge.validation.report.features import FEATURES
from mesobridge.validation.report.numbers import MINUS, MISSING, scale

from .example_dataset import UNMEASURED_KERNEL, UNMEASURED_SIGMOID
from .reader import Element, read_elements

NUMBER = re.compile(rf"[+{MINUS}]?\d+(?:\.\d+)?")
WORDS = {"holds", "fails", "undecided"}


@pytest.fixture(scope="module")
def elements(page: str) -> list[Element]:
    return read_elements(page)


@pytest.fixture(scope="module")
def cells(elements: list[Element]) -> dict[tuple[str, str], Element]:
    return {
        (e.attributes["data-condition"], e.attributes["data-feature"]): e
        for e in elements
        if "data-feature" in e.attributes
    }


def _numbers(text: str) -> list[tuple[float, float]]:
    """Return every number of a text with half a unit of its last digit."""
    found = [match.group().replace(MINUS, "-") for match in NUMBER.finditer(text)]
    return [(float(n), 0.5 * 10.0 ** -len(n.partition(".")[2])) for n in found]


def test_every_lever_and_every_feature_has_its_cell(cells: dict[Any, Element], document: dict[str, Any]) -> None:
    expected = {(row["condition"], name) for row in document["levers"] for name in FEATURES}
    assert len(expected) == 18 * 20
    assert set(cells) == expected


def test_the_numbers_of_the_lever_map_are_those_of_the_document(
    cells: dict[Any, Element], document: dict[str, Any]
) -> None:
    compared = 0
    for row in document["levers"]:
        for name, entry in row["features"].items():
            if entry["measured"] is None:
                continue
            factor = scale(FEATURES[name].unit, FEATURES[name].shown_in)
            expected = [entry["measured"]["value"], *entry["measured"]["interval"], entry["predicted"]]
            shown = _numbers(cells[row["condition"], name].text)
            assert len(shown) == 4, (row["condition"], name)
            for (number, half_digit), si in zip(shown, expected, strict=True):
                assert abs(number - factor * si) <= half_digit * 1.000001, (row["condition"], name)
            compared += 1
    assert compared == 18 * 20 - 16


def test_the_digits_follow_the_standard_error(cells: dict[Any, Element], document: dict[str, Any]) -> None:
    for row in document["levers"]:
        for name, entry in row["features"].items():
            if entry["measured"] is not None:
                low, high = entry["measured"]["interval"]
                error = (high - low) / 3.92 * scale(FEATURES[name].unit, FEATURES[name].shown_in)
                last_digit = 2 * _numbers(cells[row["condition"], name].text)[0][1]
                largest = max(map(abs, [low, high, entry["predicted"]])) * scale(
                    FEATURES[name].unit, FEATURES[name].shown_in
                )
                assert last_digit <= max(error, largest / 1000), "the number is too coarse for its error"
                assert last_digit > error / 101 or last_digit == 1, "the number has digits that mean nothing"


def test_each_verdict_and_sign_is_a_word_and_a_mark_not_only_a_colour(
    cells: dict[Any, Element], document: dict[str, Any]
) -> None:
    directions = {"+": "up", "-": "down", "0": "unchanged within the margin", "?": "direction not shown"}
    seen = set()
    for row in document["levers"]:
        for name, entry in row["features"].items():
            text = cells[row["condition"], name].text
            if entry["measured"] is None:
                assert "missing" in text
                assert not WORDS & set(text.split()), "a missing comparison has no verdict"
            else:
                assert entry["verdict"] in text.split()
                assert directions[entry["sign"]] in text
                seen.add(entry["verdict"])
    assert seen == WORDS


def test_missing_numbers_carry_the_recorded_reason(cells: dict[Any, Element], page: str) -> None:
    assert "raise v_max" in cells[UNMEASURED_SIGMOID, "v50"].text
    assert "had not decayed" in cells[UNMEASURED_KERNEL, "area"].text
    assert "raise v_max" not in cells[UNMEASURED_SIGMOID, "area"].text
    assert page.count("No target curve was given.") == 1
    assert MISSING in cells[UNMEASURED_KERNEL, "area"].text


def test_nothing_is_loaded_from_anywhere(elements: list[Element], page: str) -> None:
    tags = {element.tag for element in elements}
    assert not tags & {"script", "link", "iframe", "object", "embed", "base"}
    sources = [
        element.attributes[a]
        for element in elements
        for a in ("src", "srcset", "data", "poster")
        if a in element.attributes
    ]
    assert len(sources) >= 14
    assert all(source.startswith("data:image/svg+xml;base64,") for source in sources)
    assert not re.search(r"url\(|@import", page)
    for source in sources:
        svg = base64.b64decode(source.partition(",")[2]).decode()
        assert not re.findall(r'(?:href|src)="(?!#)', svg), "a figure refers to something outside of itself"


def test_links_lead_somewhere_and_names_are_unique(elements: list[Element]) -> None:
    names = [element.attributes["id"] for element in elements if "id" in element.attributes]
    links = [element.attributes["href"] for element in elements if element.tag == "a"]
    assert len(links) > 20
    assert len(names) == len(set(names))
    assert {link.removeprefix("#") for link in links} <= set(names)


def test_figures_have_words_and_tables_have_heads(elements: list[Element]) -> None:
    images = [element for element in elements if element.tag == "img"]
    assert all(len(image.attributes["alt"]) > 40 for image in images)
    heads = [element for element in elements if element.tag == "th"]
    assert len(heads) > 100
    assert all(head.attributes.get("scope") in {"col", "row", "colgroup", "rowgroup"} for head in heads)
    assert sum(e.tag == "caption" for e in elements) == sum(e.tag == "table" for e in elements)


def test_negative_controls_are_marked(elements: list[Element], document: dict[str, Any]) -> None:
    rows = [e for e in elements if e.tag == "tr" and e.attributes.get("class") == "control"]
    assert len(rows) == sum(score["model"] != "mass" for score in document["dynamics"]) == 18
    assert all("(control)" in row.text for row in rows)


def test_everything_the_document_judges_is_on_the_page(elements: list[Element], document: dict[str, Any]) -> None:
    text = elements[0].text
    for claim in document["claims"]:
        assert claim["statement"] in text
        assert claim["reason"] in text
    for check in document["validity"]:
        assert check["sentence"] in text
    assert "seed = 7" in text
    assert "Jahr CE & Stevens CF (1990)" in text


def test_what_a_study_says_cannot_become_markup(dataset: Any, small_document: dict[str, Any]) -> None:
    from mesobridge.validation.report.figures import Picture
    from mesobridge.validation.report.page import render_page

    named = {**small_document, "provenance": {**small_document["provenance"], "title": "<script>alert(1)</script>"}}
    names = ("lever-map", "base", "mechanism-ampa_density", "dynamics", "controls", "transfer")
    pictures = {name: Picture(name, "", "", missing="not drawn") for name in names}
    page = render_page(dataset, named, "", pictures)
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
