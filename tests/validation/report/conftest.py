"""One synthetic result, drawn once for all tests of the page."""

from pathlib import Path
from typing import Any

import pytest
import xarray as xr

from mesobridge.validation.report import render_report

from .example_dataset import example_dataset
from .example_document import Study, example_document


@pytest.fixture(scope="session")
def dataset() -> xr.Dataset:
    return example_dataset()


@pytest.fixture(scope="session")
def document(dataset: xr.Dataset) -> dict[str, Any]:
    return example_document(dataset)


@pytest.fixture(scope="session")
def small_document(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "levers": document["levers"][:2], "dynamics": document["dynamics"][:4]}


@pytest.fixture(scope="session")
def folder(dataset: xr.Dataset, document: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("report")
    render_report(dataset, document, Study().resolved_toml(), target)
    return target


@pytest.fixture(scope="session")
def page(folder: Path) -> str:
    return (folder / "report.html").read_text(encoding="utf-8")
