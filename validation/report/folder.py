"""The folder of a report: numbers, verdicts and study, and the figures and the page rebuilt from these three alone."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xarray as xr

from ..calibration_document import read_calibrations
from ..result import Result, ResultError, read_result, save_result, whole_file
from .figures import draw_all
from .page import render_page

_BESIDE = {"explanation": ("explain.json", "mesobridge.explanation/1")}


def render_report(dataset: xr.Dataset, document: Mapping[str, Any], study_toml: str, folder: Path) -> Path:
    """Draw ``figures/`` and write ``report.html`` into ``folder`` from the numbers, the verdicts and the study.

    Parameters
    ----------
    dataset : xarray.Dataset
        The numbers of the study, SI; missing ones are NaN.
    document : dict
        The content of report.json.
    study_toml : str
        The study as resolved, defaults included.
    folder : Path
        Where to write; made if it does not exist.

    Returns
    -------
    Path
        The page.
    """
    pictures = draw_all(dataset, document, folder / "figures")
    page = folder / "report.html"
    with whole_file(page) as path:
        path.write_text(render_page(dataset, document, study_toml, pictures), encoding="utf-8")
    return page


def write_report(result: Result, folder: Path) -> Path:
    """Write the whole folder of a result and return the path of its page.

    Writes results.nc, report.json and study.toml, then the figures and report.html made from them.
    """
    save_result(result, folder)
    # What was read back is drawn, not what is in memory: equal numbers then lie equal in memory, and a figure that was
    # drawn once is found again.
    kept = read_result(folder)
    calibrations = read_calibrations(folder, kept.document["provenance"].get("started"))
    document = kept.document | _beside(folder, kept.document) | {"calibrations": calibrations}
    return render_report(kept.dataset, document, kept.study.resolved_toml(), folder)


def _beside(folder: Path, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what other commands have put beside the result of this run, each under the name of its section."""
    found: dict[str, Any] = {}
    for section, (name, schema) in _BESIDE.items():
        if (folder / name).is_file():
            content = json.loads((folder / name).read_text(encoding="utf-8"))
            if content.get("schema") != schema:
                raise ResultError(f"{folder / name} has another schema than {schema!r}; make it again or delete it.")
            if content.get("started") == document["provenance"].get("started"):  # not of an earlier run
                found[section] = content
    return found
