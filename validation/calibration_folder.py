"""What `mesobridge calibrate` does: read a result, calibrate, keep it beside the result, export it."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from ..bridge.calibration import Calibration, Target
from ..bridge.calibration.intervals import model_units
from ..units import to_si
from .calibrate import CalibrationError, calibrated, target_of
from .calibration_document import calibration_document, write_calibration
from .calibration_populations import estimated_populations
from .result import read_result
from .study.mistakes import unknown_name


def calibrate_folder(
    folder: Path,
    model: str,
    *,
    published: str | None = None,
    match: Literal["curve", "operating"] = "curve",
    given: Sequence[str] = (),
    formats: Sequence[str] = (),
    output: Path | None = None,
) -> tuple[Calibration, tuple[Path, ...]]:
    """Calibrate a model from the result in ``folder``, keep it there, and export it.

    Parameters
    ----------
    folder : path
        What `mesobridge run` wrote.
    model, published, match
        See `calibrate`.
    given : sequence of str
        Parameters that the user knows better, as ``NAME=VALUE`` with a unit where it has one.
    formats : sequence of str
        Export formats, by their names.
    output : path, optional
        Where exported files go; a folder of the model's name in ``folder`` unless given.

    Returns
    -------
    calibration : Calibration
    files : tuple of path
        All that was written.

    Raises
    ------
    CalibrationError
        If a name does not exist, or a format cannot hold the model.
    """
    writers = [_export(name, model) for name in formats]  # said before the work
    values = _given(model, given)
    target = target_of(model, published, values)
    result = read_result(folder)
    populations = estimated_populations(result)
    found = calibrated(target, result, populations, published=published, match=match, given=values or None)
    files = [write_calibration(calibration_document(found, populations), folder)]
    for writer in writers:
        files += _written(writer, found, output or folder / model)
    return found, tuple(files)


def _written(writer: Any, found: Calibration, folder: Path) -> tuple[Path, ...]:
    from ..bridge.export.export import NotExpressible  # exports are optional, and so is their room

    try:
        return writer.write(found, folder)
    except NotExpressible as refused:
        raise CalibrationError(str(refused)) from refused


def exports() -> Mapping[str, Any]:
    """Return the export formats of this version."""
    return getattr(import_module("..bridge", __package__), "EXPORTS", {})


def _export(name: str, model: str) -> Any:
    known = exports()
    if name not in known:
        raise CalibrationError(f"This version has no export named {name!r}; it has: {', '.join(known) or 'none'}.")
    if model not in known[name].models:
        able = [other for other, export in known.items() if model in export.models]
        raise CalibrationError(f"The export {name!r} cannot hold {model}; {', '.join(able) or 'none'} can.")
    return known[name]


def _given(model: str, texts: Sequence[str]) -> dict[str, float]:
    """Return NAME=VALUE pairs in SI."""
    target, found = target_of(model), {}
    units = model_units(target.model) if isinstance(target, Target) else {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals:
            raise CalibrationError(f"--set {text}: write NAME=VALUE, e.g. C=135 or tau_i='10 ms'.")
        if name not in units:
            raise CalibrationError(unknown_name(f"parameter of {model}", name, list(units)))
        try:
            found[name] = float(to_si(_plain(value), units[name].unit.replace(" ", "*"), name))
        except (TypeError, ValueError) as error:
            raise CalibrationError(f"--set {text}: {error}") from error
    return found


def _plain(value: str) -> float | str:
    try:
        return float(value)
    except ValueError:
        return value
