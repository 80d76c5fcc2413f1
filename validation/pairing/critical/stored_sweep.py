"""The sweep of studies/bistable.toml as it was found, kept so that its figure can be drawn without running it.

``python -m mesobridge.validation.pairing.critical.stored_sweep FOLDER`` takes it anew from the folder of a run.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ..result import read_pairing

_FILE = Path(__file__).with_name("bistable_sweep.json")
_KEPT = ("sweep_rate", "sweep_rate_error", "sweep_mean_field", "branch_sweep", "branch_number", "branch_factor",
         "branch_unstable", "branch_rate")  # fmt: skip
_DIGITS = 5


def stored_sweep() -> tuple[xr.Dataset, dict[str, Any]]:
    """Return the dataset and the document of the stored sweep, as those of a result."""
    content = json.loads(_FILE.read_text(encoding="utf-8"))
    return xr.Dataset.from_dict(content["dataset"]), content["document"]


def keep_sweep(folder: Path) -> None:
    """Store the sweep of a result's folder."""
    found = read_pairing(folder)
    dataset = found.dataset[list(_KEPT)].drop_vars("condition", errors="ignore").to_dict()
    document = {"circuit": {"sweep": found.document["circuit"]["sweep"]}}
    text = json.dumps(_rounded({"dataset": dataset, "document": document}), indent=None, separators=(",", ":"))
    _FILE.write_text(text + "\n", encoding="utf-8")


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}") if np.isfinite(value) else None
    return value


if __name__ == "__main__":
    keep_sweep(Path(sys.argv[1]))
