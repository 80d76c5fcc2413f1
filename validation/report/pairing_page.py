"""The page of a pairing: a spiking circuit beside the mean field that was frozen before it ran."""

import base64
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jinja2
import xarray as xr
from markupsafe import Markup
from matplotlib.figure import Figure

from ..pairing.result import PairingResult, read_pairing
from ..result import whole_file
from .figures import Picture
from .figures.pairing import (
    draw_modulations,
    draw_open_loops,
    draw_raster,
    draw_rates,
    draw_spectra,
    draw_sweep,
    draw_transients,
)
from .figures.style import MILLIMETRE, paper, rendered
from .numbers import MISSING, compact, is_number
from .papers import papers
from .verdicts import look

_KINDS = {
    "open loop": "Open loop: the sigmoid of each population at what it heard in the network",
    "rate": "Steady rates",
    "drive": "Steady rates with more or less background",
    "shift": "How far modulations move the rates",
    "transient": "Courses under stimuli: what noise does not explain of the difference",
    "spectrum": "Spectra: what noise does not explain of the difference, in log10",
    "mode": "Frequency and decay of the least damped mode",
    "stability": "Asynchronous or oscillating: standard deviation of the rate over its mean, in bins of 5 ms",
    "correlation": "Correlation of the spike counts of two cells",
}
_SIDES = {"estimates": "estimates", "theory": "theory alone", "two moments": "theory, two moments"}


def write_pairing(result: PairingResult, folder: Path) -> Path:
    """Write the whole folder of a pairing and return the path of its page."""
    result.save(folder)
    kept = read_pairing(folder)
    pictures = draw_pairing(kept.dataset, kept.document, folder / "figures")
    page = folder / "report.html"
    with whole_file(page) as path:
        path.write_text(render_pairing(kept.document, kept.study.resolved_toml(), pictures), encoding="utf-8")
    return page


def _plans(dataset: xr.Dataset, document: Mapping[str, Any]) -> dict[str, tuple[Callable[[], Figure], str]]:
    plans: dict[str, tuple[Callable[[], Figure], str]] = {
        "circuit-rates": (
            lambda: draw_rates(document),
            "Left: rate of the mean field against that of the network in every state; on the line both agree. Filled: "
            "from estimates; open: theory alone. Right: what the mean field from estimates misses the network by, with "
            "the 95 % interval of the network's rate.",
        ),
        "circuit-open-loop": (
            lambda: draw_open_loops(dataset),
            "Each population alone (black, two standard errors), the sigmoid estimated from it (red), and where the "
            "same population worked in the network (blue).",
        ),
        "circuit-spectra": (
            lambda: draw_spectra(dataset),
            "Spectrum of every population rate: 95 % band of the network, and linear response of the mean fields with "
            "the noise of their finite size. Leaky rates follow their potential as leaky cells in noise do.",
        ),
        "circuit-raster": (
            lambda: draw_raster(dataset),
            "A second of spikes of the network at rest, some cells of every population.",
        ),
    }
    if "stimulus" in dataset.coords:
        plans["circuit-transients"] = (
            lambda: draw_transients(dataset),
            "Mean course of the network (black, two standard errors in grey) and courses of the mean fields.",
        )
    if len(document["circuit"]["conditions"]) > 1:
        plans["circuit-modulations"] = (
            lambda: draw_modulations(document),
            "From where to where each modulation moves each rate: the network, and the mean field that was frozen "
            "before. Thin lines: 95 % intervals.",
        )
    if document["circuit"]["sweep"]:
        plans["circuit-sweep"] = (
            lambda: draw_sweep(dataset, document),
            "Rates while a background rate goes up (triangles up) and down again (triangles down), the state carried "
            "along.",
        )
    return plans


def draw_pairing(dataset: xr.Dataset, document: Mapping[str, Any], folder: Path) -> dict[str, Picture]:
    """Draw every figure, keep it as SVG and PNG, and return them by name."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {}
    for name, (draw, caption) in _plans(dataset, document).items():
        with paper():
            figure = draw()
            vector, raster = rendered(figure)
            width = float(figure.get_size_inches()[0]) / MILLIMETRE
        for suffix, content in (("svg", vector), ("png", raster)):
            with whole_file(folder / f"{name}.{suffix}") as path:
                path.write_bytes(content)
        pictures[name] = Picture(name, caption, caption, vector.decode(), width)
    return pictures


def render_pairing(document: dict[str, Any], study_toml: str, pictures: dict[str, Picture]) -> str:
    """Return the text of the page; the same result gives the same bytes."""
    loader = jinja2.PackageLoader(__package__ or "", "templates")
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["source"] = _as_source
    circuit, provenance = document["circuit"], document["provenance"]
    return environment.get_template("pairing.html").render(
        title=provenance["title"],
        style=Markup(loader.get_source(environment, "page.css")[0]),
        version=provenance["version"],
        summary=summary(document),
        pictures=pictures,
        order=_order(circuit["order"]),
        frozen=[
            (name, item["digest"][:16], item["frozen_at"], item["run_at"])
            for name, item in circuit["order"]["frozen"].items()
        ],
        populations=[_population(each) for each in circuit["populations"]],
        errors=[_error(line) for line in circuit["errors"]],
        published=circuit["published_errors"],
        groups=_groups(circuit["verdicts"]),
        modes=[(compact(m["decay"]), compact(m["frequency"])) for m in circuit["modes"]],
        chance=_chance(circuit["chance"]),
        cost=_cost(circuit["cost"]),
        jumps=_jumps(circuit["sweep"]),
        places=[_place(item) for item in circuit["places"]],
        refusals=document["refusals"],
        provenance=[
            (name.replace("_", " "), str(value))
            for name, value in sorted(provenance.items())
            if not isinstance(value, dict | list) and name != "title"
        ],
        study_toml=study_toml,
        papers=papers(provenance["studies_papers"]),
    )


def _as_source(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def summary(document: Mapping[str, Any]) -> list[str]:
    """Return what came out in a few sentences."""
    circuit = document["circuit"]
    found = Counter(row["verdict"] for row in circuit["verdicts"])
    own = [line for line in circuit["errors"] if line["side"] == "estimates"]
    text = ", ".join(f"{compact(line['mean_absolute_error'])} Hz for {line['population']}" for line in own)
    states = max((line["points"] for line in own), default=0)
    failed = Counter(row["kind"] for row in circuit["verdicts"] if row["verdict"] == "fails")
    sentences = [
        f"The mean field was frozen before the network ran. Over {states} states its mean absolute error is {text}.",
        f"Of {sum(found.values())} comparisons {found['holds']} hold, {found['fails']} fail and "
        f"{found['undecided']} are undecided.",
    ]
    for each in circuit["conditions"]:
        mode = each["leaky_mode"]
        if mode and mode["decay"] < 0:
            swing = compact(max(each["synchrony"].values()))
            sentences.append(
                f"In {each['name']} theory with leaky rates is unstable at {compact(mode['frequency'])} Hz and the "
                f"network swings by {swing} of its mean: a mean field whose rates follow at once cannot hold there."
            )
    if failed:
        sentences.append(f"What fails: {', '.join(f'{kind} ({number})' for kind, number in failed.items())}.")
    return sentences


def _order(order: Mapping[str, Any]) -> str:
    kept = "before its network ran" if order["kept"] else "NOT always before its network ran"
    return (
        f"Every mean field was frozen {kept}. The digest is that of every parameter of the mean field; it is part of "
        "what identifies a run, so a mean field made anew asks for a new run."
    )


def _number(value: Any, error: Any = None) -> str:
    if not is_number(value):
        return MISSING
    return compact(value) + (f" ± {compact(error)}" if is_number(error) and error > 0 else "")


def _population(each: Mapping[str, Any]) -> dict[str, str]:
    kernels = ", ".join(f"{name}: {family}" for name, family in each["kernels"].items())
    return {
        "name": each["name"], "size": str(each["size"]), "cell": each["cell"], "family": each["family"],
        "kernels": kernels, "expected": compact(each["expected_rate"]),
        "alone": _number(each["open_loop_rate"], each["open_loop_error"]), "cv": _number(each["irregularity"]),
    }  # fmt: skip


def _error(line: Mapping[str, Any]) -> dict[str, str]:
    return {
        "side": _SIDES[line["side"]], "population": line["population"], "points": str(line["points"]),
        "error": compact(line["mean_absolute_error"]), "relative": f"{100 * (line['relative_error'] or 0):.1f} %",
        "slope": _number(line["slope"]),
    }  # fmt: skip


def _groups(rows: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the rows by kind, in the order of the walk."""
    return [
        (title, [_judged(row) for row in rows if row["kind"] == kind])
        for kind, title in _KINDS.items()
        if any(row["kind"] == kind for row in rows)
    ]


def _judged(row: Mapping[str, Any]) -> dict[str, Any]:
    error = row["measured_error"]
    curve = row["measured"] is None
    return {
        "name": row["name"], "condition": row["condition"],
        "measured": f"noise {compact(error)}" if curve else _number(row["measured"], error),
        "predicted": MISSING if curve else _number(row["predicted"], row["predicted_error"]),
        "difference": compact(row["difference"], signed=not curve), "margin": compact(row["margin"]),
        "unit": "" if row["unit"] == "1" else row["unit"], "look": look(row["verdict"]),
    }  # fmt: skip


def _chance(chance: Mapping[str, Any]) -> dict[str, Any]:
    rows = [
        {"name": row["name"], "ratio": compact(row["ratio"]), "p": compact(row["p_value"])} for row in chance["table"]
    ]
    return {"p": compact(chance["p_value"]), "rows": rows}


def _cost(cost: Mapping[str, float]) -> str:
    return (
        f"The mean field took {compact(cost['mean_field_seconds'])} s with all measurements of the open loop, the "
        f"network {compact(cost['network_seconds'])} s, both as read from the clock; points that were finished before "
        "cost nothing."
    )


def _place(item: Mapping[str, Any]) -> str:
    if item["warning"]:
        return f"{item['population']}: {item['warning']}"
    missed = f"{100 * item['nearest_error']:.0f} %"
    return f"{item['population']} lies on the validity map; at the nearest point theory misses a rate by {missed}."


def _jumps(sweep: Mapping[str, Any] | None) -> list[str]:
    if not sweep:
        return []
    return [
        f"On the way {way} the {side} "
        + (f"jumps between {ends[0][0]:g} and {ends[0][1]:g}." if ends else "does not jump.")
        for side, both in sweep["jumps"].items()
        for way, ends in both.items()
    ]
