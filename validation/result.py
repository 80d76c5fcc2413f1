"""The result of a study: the numbers (an xarray Dataset), the verdicts (a JSON document) and the study they answer."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xarray as xr

from .study import Study, read_study

SCHEMA = "mesobridge.report/1"


class ResultError(ValueError):
    """A result folder is missing a file or holds one that cannot be read."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a run has found: ``dataset`` holds every number, ``document`` every verdict, ``study`` the question."""

    study: Study
    dataset: xr.Dataset
    document: dict[str, Any]

    @property
    def met(self) -> bool:
        """Whether no prediction and no claim was found false."""
        levers = [f["verdict"] for row in self.document["levers"] for f in row["features"].values()]
        pairs = [f["prediction"] for row in self.document.get("interactions", []) for f in row["features"].values()]
        claims = [claim["verdict"] for claim in self.document["claims"]]
        return "fails" not in (*levers, *pairs, *claims)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path that takes the place of ``path`` if the block ends well: no half-written file is left."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def save_result(result: Result, folder: Path) -> None:
    """Write ``results.nc``, ``report.json`` and ``study.toml`` into ``folder``, each whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    with whole_file(folder / "results.nc") as path:
        result.dataset.to_netcdf(path, engine="netcdf4")
    with whole_file(folder / "report.json") as path:
        path.write_text(json.dumps(result.document, indent=1, sort_keys=True, allow_nan=False) + "\n", encoding="utf-8")
    with whole_file(folder / "study.toml") as path:
        path.write_text(result.study.resolved_toml(), encoding="utf-8")


def read_result(folder: Path) -> Result:
    """Read back what ``save_result`` wrote.

    Raises
    ------
    ResultError
        If a file is missing, cannot be read, or was written by another version of the report.
    """
    for name in ("results.nc", "report.json", "study.toml"):
        if not (folder / name).is_file():
            raise ResultError(f"{folder} has no {name}; give the folder that 'mesobridge run' wrote.")
    try:
        document = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        dataset = xr.load_dataset(folder / "results.nc", engine="netcdf4")
    except (OSError, ValueError) as error:
        raise ResultError(f"{folder} cannot be read ({error}); run the study again into a new folder.") from error
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema != SCHEMA:
        raise ResultError(f"{folder}/report.json has schema {schema!r}, not {SCHEMA!r}; run the study again.")
    if "circuit" in document:
        raise ResultError(f"{folder} holds a circuit beside its mean field; read it with mesobridge.read_pairing.")
    return Result(study=read_study(folder / "study.toml"), dataset=dataset, document=document)
