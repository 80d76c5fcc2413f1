"""The result of a pairing: numbers, verdicts and the study they answer, in the same three files as any result."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xarray as xr

from ..result import SCHEMA, ResultError, whole_file
from ..study.circuit_study import CircuitStudy, is_circuit_study, read_circuit_study

_FILES = ("results.nc", "report.json", "study.toml")


@dataclass(frozen=True, kw_only=True)
class PairingResult:
    """What a pairing has found: ``dataset`` holds every number, ``document`` every verdict, ``study`` the question."""

    study: CircuitStudy
    dataset: xr.Dataset
    document: dict[str, Any]

    @property
    def met(self) -> bool:
        """Whether nothing that was judged fails, and the mean field was frozen before the network ran."""
        circuit = self.document["circuit"]
        return circuit["order"]["kept"] and all(row["verdict"] != "fails" for row in circuit["verdicts"])

    def save(self, folder: Path) -> None:
        """Write ``results.nc``, ``report.json`` and ``study.toml`` into ``folder``, each whole or not at all."""
        folder.mkdir(parents=True, exist_ok=True)
        with whole_file(folder / "results.nc") as path:
            self.dataset.to_netcdf(path, engine="netcdf4")
        with whole_file(folder / "report.json") as path:
            text = json.dumps(self.document, indent=1, sort_keys=True, allow_nan=False)
            path.write_text(text + "\n", encoding="utf-8")
        with whole_file(folder / "study.toml") as path:
            path.write_text(self.study.resolved_toml(), encoding="utf-8")


def is_pairing(folder: Path) -> bool:
    """Tell whether a folder holds the result of a pairing."""
    return (folder / "study.toml").is_file() and is_circuit_study(folder / "study.toml")


def read_pairing(folder: Path) -> PairingResult:
    """Read back what `PairingResult.save` wrote.

    Raises
    ------
    ResultError
        If a file is missing, cannot be read, or was written by another version of the report.
    """
    for name in _FILES:
        if not (folder / name).is_file():
            raise ResultError(f"{folder} has no {name}; give the folder that 'mesobridge run' wrote.")
    try:
        document = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        numbers = xr.load_dataset(folder / "results.nc", engine="netcdf4")
    except (OSError, ValueError) as error:
        raise ResultError(f"{folder} cannot be read ({error}); run the study again into a new folder.") from error
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema != SCHEMA:
        raise ResultError(f"{folder}/report.json has schema {schema!r}, not {SCHEMA!r}; run the study again.")
    return PairingResult(study=read_circuit_study(folder / "study.toml"), dataset=numbers, document=document)
