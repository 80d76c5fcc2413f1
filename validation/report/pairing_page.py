"""The page of a pairing: a spiking circuit beside the mean field that was frozen before it ran."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import xarray as xr
from matplotlib.figure import Figure

from ..pairing.result import PairingResult, read_pairing
from ..result import whole_file
from .figures import Picture
from .figures.pairing import (
    draw_modulations,
    draw_open_loops,
    draw_raster,
    draw_rates,
    draw_sweep,
    draw_transients,
)
from .figures.signals import draw_correlations, draw_fluctuations, draw_spectra
from .numbers import compact
from .pairing_rows import (
    chance_rows,
    cost_sentence,
    critical_rows,
    error_row,
    order_sentence,
    place_row,
    population_row,
    shift_rows,
    summary,
    swept_sentence,
    verdict_groups,
)
from .papers import papers
from .sheet import draw_pictures, page_text


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
            "Each population alone (black, two standard errors), the curve estimated from it (red), and where the same "
            "population worked in the network (blue).",
        ),
        "circuit-spectra": (
            lambda: draw_spectra(dataset),
            "Spectra of every population rate and of its mean free potential: 95 % bands of the network, and linear "
            "response of the mean fields with the noise of their finite size; in the potentials also with what every "
            "cell hears alone. Leaky rates follow their potential as leaky cells in noise do. Mesoscopic theory: a run "
            "of finite populations with reset.",
        ),
        "circuit-raster": (
            lambda: draw_raster(dataset),
            "A second of spikes of the network at rest, some cells of every population.",
        ),
    }
    if "bin_width" in dataset.coords:
        plans["circuit-fluctuations"] = (
            lambda: draw_fluctuations(dataset),
            "Variance of the population rates in bins of several widths, over that of as many independent Poisson "
            "cells: network and mesoscopic theory with two standard errors, and linear response.",
        )
    if "pair" in dataset.coords:
        plans["circuit-correlations"] = (
            lambda: draw_correlations(dataset),
            "Mean correlation of the spike counts of two cells of the named populations, against the window: network "
            "with two standard errors, and linear response.",
        )
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
            "Rates while the background goes up (triangles up) and down again (triangles down), with two standard "
            "errors over the runs. Lines: steady states of the mean field, dashed where they are unstable. Below: "
            "jumps of the network (bars) and folds of the mean field (circles), with 95 % intervals.",
        )
    return plans


def draw_pairing(dataset: xr.Dataset, document: Mapping[str, Any], folder: Path) -> dict[str, Picture]:
    """Draw every figure, keep it as SVG and PNG, and return them by name."""
    return draw_pictures(_plans(dataset, document), folder)


def render_pairing(document: dict[str, Any], study_toml: str, pictures: dict[str, Picture]) -> str:
    """Return the text of the page; the same result gives the same bytes."""
    circuit, provenance = document["circuit"], document["provenance"]
    return page_text(
        "pairing.html",
        title=provenance["title"],
        version=provenance["version"],
        summary=summary(document),
        pictures=pictures,
        order=order_sentence(circuit["order"]),
        frozen=[
            (name, item["digest"][:16], item["frozen_at"], item["run_at"])
            for name, item in circuit["order"]["frozen"].items()
        ],
        populations=[population_row(each) for each in circuit["populations"]],
        notes=[(each["name"], said) for each in circuit["populations"] for said in each["warnings"]],
        errors=[error_row(line) for line in circuit["errors"]],
        published=circuit["published_errors"],
        groups=verdict_groups(circuit["verdicts"]),
        modes=[(compact(m["decay"]), compact(m["frequency"])) for m in circuit["modes"]],
        chance=chance_rows(circuit["chance"]),
        cost=cost_sentence(circuit["cost"]),
        critical=critical_rows(circuit["sweep"]),
        shifts=shift_rows(circuit["sweep"]),
        swept=swept_sentence(circuit["sweep"]),
        places=[place_row(item) for item in circuit["places"]],
        refusals=document["refusals"],
        provenance=[
            (name.replace("_", " "), str(value))
            for name, value in sorted(provenance.items())
            if not isinstance(value, dict | list) and name != "title"
        ],
        study_toml=study_toml,
        papers=papers(provenance["studies_papers"]),
    )
