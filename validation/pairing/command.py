"""What `mesobridge run` does with the study of a circuit, and `mesobridge report` with its folder."""

from pathlib import Path
from typing import Any

from ...spiking.engine import Machine
from ..progress import Progress
from ..study.circuit_study import CircuitStudy, read_circuit_study
from .result import read_pairing
from .walk import pair


def asked_circuit(path: Path, target: str | None, seed: int | None) -> CircuitStudy:
    """Return the study of a file with what the command line says in place of what the file says."""
    study = read_circuit_study(path)
    changes: dict[str, Any] = {} if seed is None else {"seed": seed}
    if target is not None:
        changes["simulation"] = study.simulation.model_copy(update={"target": target})
    return read_circuit_study({name: getattr(study, name) for name in CircuitStudy.model_fields} | changes)


def run_and_report(
    study: CircuitStudy, folder: Path, workers: int | None, progress: Progress
) -> tuple[Path, dict[str, Any]]:
    """Run a study and write its report; return the page's path and the verdicts."""
    from ..report.pairing_page import write_pairing  # only this command draws

    wanted: dict[str, Any] = {"target": study.simulation.target, "precision": study.simulation.precision}
    machine = Machine(**wanted) if workers is None else Machine(**wanted, workers=workers)
    result = pair(study, folder=folder, machine=machine, progress=progress)
    return write_pairing(result, folder), result.document


def report_again(folder: Path) -> tuple[Path, dict[str, Any]]:
    """Make the report of a folder again; return the page's path and the verdicts."""
    from ..report.pairing_page import write_pairing  # only this command draws

    result = read_pairing(folder)
    return write_pairing(result, folder), result.document
