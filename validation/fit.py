"""The verb fit: a recording and a mass model become identifiability, estimates with intervals, and files to keep."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from inspect import signature
from pathlib import Path
from typing import Any

import xarray as xr

from ..bridge.fitting import (
    Fit,
    NetworkReading,
    SpectrumReading,
    connectivity_problem,
    evoked_problem,
    fit_problem,
    rate_problem,
    spectrum_problem,
    transfer_problem,
)
from ..bridge.fitting.free_choice import Free, model_name
from ..bridge.fitting.problem import Problem
from ..bridge.recordings import (
    READERS,
    EvokedResponse,
    FunctionalConnectivity,
    RateCourse,
    Recorded,
    RecordingError,
    Spectrum,
    TransferCurve,
    read_recording,
)
from ..meanfield import MODELS
from .fit_document import fit_dataset, fit_document
from .progress import Progress, Silence

_KINDS: Mapping[type, str] = {
    Spectrum: "spectrum",
    EvokedResponse: "evoked",
    RateCourse: "rate",
    TransferCurve: "transfer",
    FunctionalConnectivity: "connectivity",
}
_READINGS: Mapping[str, tuple[str, ...]] = {
    "spectrum": tuple(SpectrumReading.__dataclass_fields__),
    "connectivity": tuple(NetworkReading.__dataclass_fields__),
    "evoked": ("output", "input", "width", "latency"),
    "rate": ("output", "input", "scale"),
    "transfer": ("output", "input", "scale"),
}
_ENSEMBLES_PER_WORKER = 2


@dataclass(frozen=True, kw_only=True)
class FitResult:
    """What a fit has found: ``fit`` for programs, ``document`` and ``dataset`` for the disk, the fitted ``model``."""

    fit: Fit
    recording: Recorded
    model: Any
    document: dict[str, Any]
    dataset: xr.Dataset

    def save(self, folder: str | Path) -> Path:
        """Write fit.json, fit.nc, fit.html and figures into ``folder`` and return the page's path."""
        from .report.fit_page import write_fit

        return write_fit(self.document, self.dataset, Path(folder))


def fit(
    data: Any,
    model: Any = "corticothalamic_field",
    kind: str | None = None,
    *,
    free: Free | None = None,
    published: str | None = None,
    values: Mapping[str, Any] | None = None,
    starts: int = 16,
    seed: int = 0,
    branch: int = 0,
    level: float = 0.95,
    posterior: float = 0,
    workers: int = 2,
    folder: str | Path | None = None,
    identified: Callable[[dict[str, Any]], None] = lambda _: None,
    progress: Progress | None = None,
    **settings: Any,
) -> FitResult:
    """Fit a mass model to a recording.

    Parameters
    ----------
    data : path, Spectrum, EvokedResponse, RateCourse, TransferCurve or FunctionalConnectivity
        The recording; a path needs ``kind``.
    model : str or MassModel
        Name in ``mesobridge list models`` (hyphens and beginnings of names will do), or a model.
    kind : str, optional
        "spectrum", "evoked", "rate", "transfer" or "connectivity".
    free : sequence of str, or mapping of str to (low, high), optional
        What to free; a standard choice for the model and kind if left out.
    published : str, optional
        Published set from which the search starts; the standard one if left out.
    values : mapping, optional
        Parameters of that set to change before, with or without units.
    starts, seed, branch : int
        Starts of the search, the seed of all that is random, the branch of steady states.
    level : float
        Of the intervals.
    posterior : float
        Effective samples wanted of the posterior; none is sampled for 0.
    workers : int
        Processes of the posterior.
    folder : path, optional
        Where fit.json, fit.nc, fit.html and figures go; nothing is written without it.
    identified : callable
        Is given the identifiability, in words and numbers, before any estimate is.
    progress : Progress, optional
        Who is told how far it is.
    **settings
        How the file is read (``degrees``, ``channel``, ``band``, ...) and how the model shows in the data (``output``,
        ``background``, ``sheet``, ``coupling``, ...); see docs/fitting.md.

    Raises
    ------
    RecordingError
        If the data, the model or a setting are not what they should be.
    EstimateRefused
        If there is no stable state to fit, or the posterior does not converge.
    """
    begun, progress = time.monotonic(), progress or Silence()
    recording, kind, source = _recording(data, kind, settings)
    name, start = _model(model, published, values)
    problem, first = _problem(recording, kind, start, name, free, settings)
    progress.stage(f"fit of {name} to the {kind}", starts + problem.space.size)
    found = fit_problem(
        problem,
        first,
        starts=starts,
        seed=seed,
        branch=branch,
        level=level,
        widen=kind == "connectivity",
        say=lambda _: progress.advance(),
    )
    facts: dict[str, Any] = {"source": source, "kind": kind, "model": name, "seed": seed, "level": level}
    document = fit_document(found, recording, start, facts)
    identified(document["identifiability"])
    if posterior:
        progress.stage(f"posterior of {posterior:g} effective samples", 1)
        found = found.with_posterior(
            effective=posterior, seed=seed, workers=workers, ensembles=_ENSEMBLES_PER_WORKER * 2, say=progress.note
        )
        progress.advance()
    document = fit_document(found, recording, start, facts | {"seconds": round(time.monotonic() - begun, 1)})
    fitted = _fitted(start, found)
    result = FitResult(
        fit=found, recording=recording, model=fitted, document=document, dataset=fit_dataset(found, recording, document)
    )
    if folder is not None:
        result.save(folder)
    return result


def settings_of(kind: str) -> tuple[str, ...]:
    """Return the names of all settings of a kind of data: of its reader, and of how the model shows in it."""
    return (*list(signature(READERS[kind]).parameters)[1:], *_READINGS[kind])


def _recording(data: Any, kind: str | None, settings: dict[str, Any]) -> tuple[Recorded, str, str]:
    """Return the recording, its kind and where it is from; settings of the reader are taken out."""
    if isinstance(data, (str, Path)):
        if kind is None:
            raise RecordingError(f"fit: the kind of data in {data} is not said; choose one of: {', '.join(READERS)}.")
        if kind not in READERS:
            raise RecordingError(f"fit: no kind of data {kind!r}; choose one of: {', '.join(READERS)}.")
        # A connectivity's band belongs to the model, a spectrum's to the file.
        own = [name for name in list(signature(READERS[kind]).parameters)[1:] if name in settings]
        asked = {name: settings.pop(name) for name in own}
        return read_recording(data, kind, **asked), kind, str(Path(data).name)
    if type(data) not in _KINDS:
        raise RecordingError(f"fit: {type(data).__name__} is no recording; give a path or one of mesobridge's kinds.")
    if kind not in (None, _KINDS[type(data)]):
        raise RecordingError(f"fit: the data are of the kind {_KINDS[type(data)]}, not {kind}; leave kind out.")
    return data, _KINDS[type(data)], "memory"


def _model(model: Any, published: str | None, values: Mapping[str, Any] | None) -> tuple[str, Any]:
    if not isinstance(model, str):
        names = [name for name, known in MODELS.items() if isinstance(model, known)]
        if not names:
            raise RecordingError(f"fit: {type(model).__name__} is no mass model; name one of: {', '.join(MODELS)}.")
        return names[0], model.with_changed(**(values or {}))
    name = model_name(model)
    kind: Any = MODELS[name]
    if not hasattr(kind, "published"):
        raise RecordingError(f"fit: {name} has no published set to start from; give a model object.")
    try:
        return name, kind.published(published, **(values or {}))
    except ValueError as error:
        raise RecordingError(f"fit: {error}") from error


def _problem(
    recording: Recorded, kind: str, model: Any, name: str, free: Free | None, settings: dict[str, Any]
) -> tuple[Problem, Any]:
    wrong = sorted(set(settings) - set(_READINGS[kind]))
    if wrong:
        raise RecordingError(
            f"fit: no setting {wrong[0]!r} for data of the kind {kind}; there are: {', '.join(_READINGS[kind])}."
        )
    try:
        if isinstance(recording, Spectrum):
            return spectrum_problem(recording, model, name, free, SpectrumReading(**settings))
        if isinstance(recording, EvokedResponse):
            return evoked_problem(recording, model, name, free, **settings)
        if isinstance(recording, RateCourse):
            return rate_problem(recording, model, name, free, **settings)
        if isinstance(recording, TransferCurve):
            return transfer_problem(recording, model, name, free, **settings)
        return connectivity_problem(recording, model, name, free, _network_reading(settings))
    except ValueError as error:
        raise RecordingError(f"fit: {error}") from error


def _network_reading(settings: dict[str, Any]) -> NetworkReading:
    if "coupling" not in settings:
        raise RecordingError("fit: connectivity needs coupling=, a number or (low, high), input unit per signal unit.")
    return replace(NetworkReading(coupling=settings["coupling"]), **settings)


def _fitted(start: Any, found: Fit) -> Any:
    """Return the model at the best fit."""
    fields = set(type(start).__dataclass_fields__)
    return start.with_changed(**{item.name: item.best for item in found.parameters if item.name in fields})
