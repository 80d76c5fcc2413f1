"""What a result lacks, and why: a part that is not there is said so, with the reason that was recorded."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr


def has(dataset: xr.Dataset, *names: str, **selection: Any) -> bool:
    """Whether each variable exists and holds at least one number at the selected coordinates."""
    return not lacking(dataset, *names, **selection)


def lacking(dataset: xr.Dataset, *names: str, **selection: Any) -> str:
    """Return a sentence about the first variable that is absent or without a number; empty if all are there."""
    where = " for " + ", ".join(map(str, selection.values())) if selection else ""
    for name in names:
        if name not in dataset.variables:
            return f"The result holds no variable {name}."
        if not _found(dataset[name], selection):
            return f"The result holds no {name}{where}."
    return ""


def _found(variable: xr.DataArray, selection: Mapping[str, Any]) -> bool:
    for dimension, label in selection.items():
        if dimension not in variable.coords or label not in variable[dimension].values:
            return False
    values = variable.sel(dict(selection)).values
    return values.size > 0 and not (values.dtype.kind == "f" and bool(np.all(np.isnan(values))))


def reasons(document: Mapping[str, Any], condition: str, *what: str) -> list[str]:
    """Return the recorded reasons why these parts of a condition (or of the whole study) are missing, as sentences."""
    return [
        _sentence(str(refusal.get("reason", "no reason recorded")))
        for refusal in document.get("refusals", [])
        if refusal.get("condition") in (condition, "", None) and (not what or refusal.get("what") in what)
    ]


def _sentence(text: str) -> str:
    """Return the text with a full stop, so that several can stand one after the other."""
    return text if text.endswith((".", "!", "?")) else f"{text}."
