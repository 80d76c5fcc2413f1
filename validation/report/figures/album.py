"""Which figures a result can have: each is drawn and saved, or replaced by the sentence that says what is missing."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import xarray as xr
from matplotlib.figure import Figure

from ...result import whole_file
from ...store import Store
from ..calibrations import condition_title, drawn_conditions, has_curves
from ..doses import Curve, read_curves
from ..interactions import Pair, read_pairs
from ..levers import BASE, MechanismPart, group_by_mechanism, read_levers
from ..missing import has, lacking
from ..numbers import scale
from .burst_surface import draw_burst_surface
from .calibrated import draw_calibrated
from .calibration import draw_calibration
from .controls import draw_controls
from .courses import courses_of, draw_courses
from .dose_curves import draw_dose
from .dynamics import draw_dynamics, drawn_interval
from .interaction_map import draw_interaction
from .inverse import explanation_figures
from .ledger import draw_ledger
from .lever_map import draw_lever_map
from .mechanism import draw_mechanism, drawn_levers
from .rebound import draw_rebound, draw_spiking_rebound
from .relay_modes import draw_relay_modes
from .style import MILLIMETRE, paper, rendered
from .transfer import draw_transfer


@dataclass(frozen=True)
class Picture:
    """One figure of the report: its SVG, or the reason why there is none."""

    name: str
    alt: str
    caption: str
    svg: str = ""
    width: float = 0.0  # mm
    missing: str = ""


@dataclass(frozen=True)
class _Plan:
    """A figure that could be drawn: ``words`` is its entry in captions.toml, ``lacking`` what stands in its way."""

    name: str
    words: str
    lacking: str
    draw: Callable[[], Figure]
    filled: Mapping[str, str]


_PORTRAITS: dict[str, tuple[str, Callable[[Mapping[str, Any]], Figure]]] = {
    "burst-surface": ("apical", draw_burst_surface),
    "relay-modes": ("relay", draw_relay_modes),
    "rebound": ("rebound", draw_rebound),
    "spiking-rebound": ("spiking pair", draw_spiking_rebound),
}
"""Figures of the ledger's portraits: the experiment that made it and who draws it."""


@cache
def _captions() -> dict[str, dict[str, str]]:
    return tomllib.loads(Path(__file__).with_name("captions.toml").read_text(encoding="utf-8"))


def _curves_lacking(dataset: xr.Dataset, conditions: list[str]) -> str:
    """Return what is missing if no condition has either a counted rate or a kernel."""
    found = any(has(dataset, name, condition=condition) for name in ("rate", "kernel") for condition in conditions)
    return lacking(dataset, "lag", "v") or ("" if found else f"Neither rate nor kernel for {', '.join(conditions)}.")


def _averaging(dataset: xr.Dataset) -> str:
    if lacking(dataset, "time") or dataset.sizes["time"] < 2:
        return ""
    return f" Traces are averaged over {drawn_interval(dataset) * scale('s'):g} ms."


def _mechanism_plan(dataset: xr.Dataset, part: MechanismPart) -> _Plan:
    missing = _curves_lacking(dataset, [lever.condition for lever in part.levers])
    filled = {"title": part.title, "amounts": " and ".join(lever.amount_label for lever in drawn_levers(part))}
    return _Plan(f"mechanism-{part.key}", "mechanism", missing, partial(draw_mechanism, dataset, part), filled)


def _dose_plan(curve: Curve) -> _Plan:
    return _Plan(curve.key, "dose", "", partial(draw_dose, curve), {"title": curve.title, "range": curve.range})


def _interaction_plan(pair: Pair) -> _Plan:
    words = "interaction-map" if pair.is_grid else "interaction"
    first, second = pair.titles
    return _Plan(pair.key, words, "", partial(draw_interaction, pair), {"first": first, "second": second})


def _dynamics_plan(dataset: xr.Dataset) -> _Plan:
    missing = lacking(dataset, "time", "stimulus", "stimulus_input", "spiking_rate", "spiking_rate_se")
    return _Plan("dynamics", "dynamics", missing, partial(draw_dynamics, dataset), {"averaging": _averaging(dataset)})


def _ledger_plans(document: Mapping[str, Any]) -> list[_Plan]:
    """Return the figures of the claims ledger, none if it was not made."""
    ledger = document.get("ledger") or {}
    plans = [_Plan("ledger", "ledger", "", partial(draw_ledger, ledger["rows"]), {})] if ledger.get("rows") else []
    courses = courses_of(ledger.get("rows") or [])
    plans += [_Plan("gq-course", "gq-course", "", partial(draw_courses, courses), {})] if courses else []
    portraits = ledger.get("portraits") or {}
    return plans + [
        _Plan(name, name, "", partial(draw, portraits[experiment]), {})
        for name, (experiment, draw) in _PORTRAITS.items()
        if experiment in portraits
    ]


def _inverse_plans(document: Mapping[str, Any]) -> list[_Plan]:
    """Return the figures of the inverse question, none if it was not asked."""
    return [
        _Plan(name, name, "", draw, {}) for name, draw in explanation_figures(document.get("explanation") or {}).items()
    ]


def _calibrated_plans(document: Mapping[str, Any]) -> list[_Plan]:
    """Return a figure for every mass model that was calibrated."""
    plans = []
    for one in filter(has_curves, document.get("calibrations", [])):
        conditions = drawn_conditions(one)
        filled = {"model": one["title"], "modulated": condition_title(conditions[-1]["condition"])}
        plans.append(
            _Plan(f"calibrated-{one['model']}", "calibrated", "", partial(draw_calibrated, conditions), filled)
        )
    return plans


def _plans(dataset: xr.Dataset, document: Mapping[str, Any]) -> list[_Plan]:
    levers, scores = read_levers(document), document.get("dynamics", [])
    no_lever = "" if levers else "The result holds no lever."
    no_score = "" if scores else "The result holds no score of held-out dynamics."
    no_transfer = lacking(dataset, "frequency", "h_v_transfer", "h_r_transfer", "h_r_transfer_se")
    calibration = document.get("base", {}).get("calibration")
    fitted = (
        [_Plan("calibration", "calibration", "", partial(draw_calibration, calibration), {})] if calibration else []
    )
    return [
        *fitted,
        *_ledger_plans(document),
        _Plan("lever-map", "lever-map", no_lever, partial(draw_lever_map, levers), {}),
        _Plan("base", "base", _curves_lacking(dataset, [BASE]), partial(draw_mechanism, dataset, None), {}),
        *(_mechanism_plan(dataset, part) for part in group_by_mechanism(levers)),
        *(_dose_plan(curve) for curve in read_curves(document)),
        *(_interaction_plan(pair) for pair in read_pairs(document)),
        *_calibrated_plans(document),
        *_inverse_plans(document),
        _dynamics_plan(dataset),
        _Plan("controls", "controls", no_score, partial(draw_controls, scores), {}),
        _Plan("transfer", "transfer", no_transfer, partial(draw_transfer, dataset), {}),
    ]


def _drawn(draw: Callable[[], Figure]) -> tuple[bytes, bytes, float]:
    """Return a figure as SVG and PNG, and its width, mm."""
    with paper():
        figure = draw()
        return *rendered(figure), float(figure.get_figwidth()) / MILLIMETRE


def _draw(plan: _Plan, folder: Path, store: Store) -> Picture:
    words = _captions()[plan.words]
    picture = Picture(plan.name, words["alt"].format(**plan.filled), words["caption"].format(**plan.filled))
    if plan.lacking:
        return replace(picture, missing=plan.lacking)
    vector, raster, width = store.call(_drawn, plan.draw, packages=("validation/report",))
    for suffix, content in (("svg", vector), ("png", raster)):
        with whole_file(folder / f"{plan.name}.{suffix}") as path:
            path.write_bytes(content)
    return replace(picture, svg=vector.decode(), width=width)


def draw_all(dataset: xr.Dataset, document: Mapping[str, Any], folder: Path) -> dict[str, Picture]:
    """Draw every figure the result can have into ``folder`` (SVG and PNG) and return them by name."""
    folder.mkdir(parents=True, exist_ok=True)
    store = Store()
    return {plan.name: _draw(plan, folder, store) for plan in _plans(dataset, document)}
