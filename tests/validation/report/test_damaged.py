"""A damaged result still makes a page, and the page says what is missing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from mesobridge.validation.report import render_report

from .reader import read_elements

Damage = Callable[[xr.Dataset, dict[str, Any]], tuple[xr.Dataset, dict[str, Any]]]


def _empty(dataset: xr.Dataset, document: dict[str, Any]) -> tuple[xr.Dataset, dict[str, Any]]:
    return xr.Dataset(), {"schema": document["schema"]}


def _no_dynamics(dataset: xr.Dataset, document: dict[str, Any]) -> tuple[xr.Dataset, dict[str, Any]]:
    return dataset.drop_dims(["stimulus", "time", "frequency", "model"]), {**document, "dynamics": []}


def _no_kernels(dataset: xr.Dataset, document: dict[str, Any]) -> tuple[xr.Dataset, dict[str, Any]]:
    return dataset.drop_vars(["kernel", "kernel_se", "kernel_predicted"]), document


def _no_predictions(dataset: xr.Dataset, document: dict[str, Any]) -> tuple[xr.Dataset, dict[str, Any]]:
    features = {name: {**e, "predicted": None} for name, e in document["levers"][0]["features"].items()}
    unpredicted = dataset.drop_vars(["predicted_rate", "predicted_v_free", "predicted", "kernel_predicted"])
    return unpredicted, {**document, "levers": [{**document["levers"][0], "features": features}]}


def _only_nan(dataset: xr.Dataset, document: dict[str, Any]) -> tuple[xr.Dataset, dict[str, Any]]:
    return dataset.map(lambda variable: variable * np.nan if variable.dtype.kind == "f" else variable), document


def _unknown_condition(dataset: xr.Dataset, document: dict[str, Any]) -> tuple[xr.Dataset, dict[str, Any]]:
    return dataset.isel(condition=[0]), {**document, "levers": [{**document["levers"][0], "features": {}}]}


CASES: tuple[tuple[Damage, str], ...] = (
    (_empty, "No claim of the review was tested."),
    (_no_dynamics, "The mass model was not tried on held-out stimuli."),
    (_no_kernels, "Table of features"),
    (_no_predictions, "Table of features"),
    (_only_nan, "Neither rate nor kernel for base."),
    (_unknown_condition, "Neither rate nor kernel for ampa_density=0.7."),
)


@pytest.mark.parametrize(("damage", "said"), CASES, ids=[damage.__name__ for damage, _ in CASES])
def test_a_page_is_made_and_says_what_is_missing(
    damage: Damage, said: str, dataset: xr.Dataset, small_document: dict[str, Any], tmp_path: Path
) -> None:
    page = render_report(*damage(dataset, small_document), "", tmp_path)
    text = page.read_text(encoding="utf-8")
    words = read_elements(text)[0].text
    assert said in words
    assert " nan" not in words.lower()
    assert "None" not in words


def test_no_reason_is_invented(dataset: xr.Dataset, small_document: dict[str, Any], tmp_path: Path) -> None:
    row = small_document["levers"][0]
    row = {
        **row,
        "features": {**row["features"], "v50": {"measured": {"value": None, "interval": None}, "verdict": "undecided"}},
    }
    page = render_report(dataset, {**small_document, "levers": [row], "refusals": []}, "", tmp_path)
    cell = next(e for e in read_elements(page.read_text(encoding="utf-8")) if e.attributes.get("data-feature") == "v50")
    assert "no reason recorded" in cell.text
