"""A fit on disk: fit.json, fit.nc, its figures, and one page that loads nothing from anywhere."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import xarray as xr
from matplotlib.figure import Figure

from ..result import whole_file
from .figures import Picture
from .figures.fit import draw_fit, draw_identifiability, draw_profiles
from .numbers import MISSING, compact
from .papers import papers
from .sheet import draw_pictures, page_text

_PAPERS = {
    "spectrum": ("whittle1953", "venzon1988", "branch1999"),
    "connectivity": ("deco2013", "venzon1988", "branch1999"),
}
_OF_POSTERIOR = ("foremanmackey2013", "goodman2010", "vehtari2021")


def write_fit(document: dict[str, Any], dataset: xr.Dataset, folder: Path) -> Path:
    """Write fit.json, fit.nc, figures and fit.html into ``folder`` and return the page's path."""
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    with whole_file(folder / "fit.json") as path:
        path.write_text(json.dumps(document, indent=1, sort_keys=True, allow_nan=False) + "\n", encoding="utf-8")
    with whole_file(folder / "fit.nc") as path:
        dataset.to_netcdf(path, engine="netcdf4")
    pictures = _pictures(document, dataset, folder / "figures")
    page = folder / "fit.html"
    with whole_file(page) as path:
        path.write_text(render_fit(document, pictures), encoding="utf-8")
    return page


def _pictures(document: dict[str, Any], dataset: xr.Dataset, folder: Path) -> dict[str, Picture]:
    """Draw every figure, keep it as SVG and PNG, and return them by name."""
    plans: dict[str, tuple[Callable[[], Figure], str]] = {
        "fit": (lambda: draw_fit(dataset), "Data with one standard error, the best fit, and what is left over."),
        "fit-profiles": (
            lambda: draw_profiles(dataset, document),
            "Rise of the deviance with each parameter, all others refitted; an interval (red) ends at the dashed line.",
        ),
        "fit-identifiability": (
            lambda: draw_identifiability(document),
            "Singular values of the sensitivity in scaled parameters; red: left open by the data (dashed line).",
        ),
    }
    return draw_pictures(plans, folder)


def render_fit(document: dict[str, Any], pictures: dict[str, Picture]) -> str:
    """Return the text of fit.html; the same fit gives the same bytes."""
    kind, model = document["data"]["kind"], document["model"]
    return page_text(
        "fit.html",
        title=f"{model['name'].replace('_', ' ')} fitted to {document['data']['source']} ({kind})",
        version=document["provenance"]["version"],
        summary=[summary(document)],
        pictures=pictures,
        directions=document["identifiability"]["directions"],
        rows=[_row(item) for item in document["parameters"]],
        level=f"{100 * document['provenance']['level']:g}",
        warnings=document["misfit"]["warnings"],
        posterior=_posterior(document),
        fixed=[
            (name, f"{compact(item['value'])} {item['unit']}".removesuffix(" 1"))
            for name, item in sorted(model["fixed"].items())
        ],
        papers=papers(
            [
                *model["citation"].split("; "),
                *_PAPERS.get(kind, ("venzon1988", "branch1999")),
                *(_OF_POSTERIOR if document["posterior"] else ()),
            ]
        ),
    )


def summary(document: dict[str, Any]) -> str:
    """Return what came out in one sentence or two."""
    found = document["parameters"]
    closed = [item["name"] for item in found if item["determined"]]
    left = [item["name"] for item in found if not item["determined"]]
    data, misfit = document["data"], document["misfit"]
    text = f"{data['number']} data ({data['method']}), deviance {compact(misfit['deviance'])}. "
    text += f"The data determine {', '.join(closed) or 'no parameter'}"
    return text + (f"; they leave open {', '.join(left)}." if left else ".")


def interval_text(ends: list[float | None]) -> str:
    """Return an interval in brackets, a dash for an open end."""
    low, high = (MISSING if end is None else compact(end) for end in ends)
    return f"[{low}, {high}]"


def _row(item: dict[str, Any]) -> dict[str, str]:
    return {
        "name": item["name"],
        "unit": item["unit"],
        "value": MISSING if item["value"] is None else compact(item["value"]),
        "interval": interval_text(item["interval"]),
        "posterior": interval_text(item["posterior"]) if "posterior" in item else "",
        "sentence": item["sentence"],
    }


def _posterior(document: dict[str, Any]) -> str:
    found = document["posterior"]
    if not found:
        return ""
    return (
        f"At least {min(found['effective'].values()):.0f} effective samples for every parameter, R-hat at most "
        f"{max(found['r_hat'].values()):.4f}, {100 * found['acceptance']:.0f} % of proposals accepted."
    )
