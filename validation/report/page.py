"""The page: everything a reader needs in one HTML file that loads nothing from anywhere."""

from collections.abc import Mapping
from typing import Any

import xarray as xr

from .calibrations import of_calibrations
from .doses import of_curves, read_curves
from .features import GROUP_TITLES, features_of
from .figures import Picture
from .interactions import LOOKS, of_pairs, read_pairs
from .inverse import inverse_section
from .ledger import HOW_TO, ledger_rows, tally
from .levers import group_by_mechanism, mode_suffix, read_levers
from .numbers import MISSING, compact, is_number, scale
from .papers import papers
from .parameters import estimate_rows, family_rows, gain_rows, width_rows
from .sheet import page_text
from .tables import claim_rows, feature_rows, lever_rows, score_rows, validity_rows
from .verdicts import ABSENT, SIGNS, VERDICTS
from .words import lever_summary, summary

SCHEMA = "mesobridge.report/1"
_PROVENANCE = ("version", "seed", "target", "precision", "started", "seconds", "neuron_seconds")
_OF_NO_USE = {"cache folder", "free disk"}  # of the maker's disk, to a reader elsewhere
_HZ_PER_NA = 1e-9
_OWN_PAPERS = ("shine2021", "stimberg2019")


def _facts(mapping: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the entries of a mapping as words, numbers written short."""
    return [
        (str(name).replace("_", " "), compact(value) if is_number(value) and not isinstance(value, int) else str(value))
        for name, value in mapping.items()
        if not isinstance(value, Mapping | list | tuple)
    ]


def _base_facts(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    base = document.get("base", {})
    definition = str(base.get("q_max_definition") or MISSING).replace("_", " ")
    if is_number(base.get("v_cap")):
        definition += f" of {compact(base['v_cap'] * scale('V'))} mV"
    return [
        ("population", str(base.get("population", MISSING))),
        ("sigmoid family", str(base.get("family", MISSING))),
        ("definition of the maximum rate", f"{definition}{', extrapolated' if base.get('extrapolated') else ''}"),
        ("kernel family", str(base.get("kernel_family", MISSING))),
    ]


def _calibration(document: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return how the cell was fitted to a measured f-I curve, None if it was not."""
    found = document.get("base", {}).get("calibration")
    if not found:
        return None
    slopes = [compact(found[name] * _HZ_PER_NA) for name in ("target_slope", "slope", "simulated_slope")]
    sentence = (
        f"The slope of the measured curve is {slopes[0]} Hz/nA, that of the fit {slopes[1]} and that of the simulated "
        f"cell {slopes[2]}; the fit misses the points by {compact(found['error'])} Hz (root mean square)."
    )
    parameters = [(name, compact(value)) for name, value in sorted(found["parameters"].items())]
    return {"sentence": sentence, "parameters": parameters}


def _reduction(document: Mapping[str, Any]) -> str:
    """Return in words how much sooner or later the rate follows its input than the free potential does."""
    found = (document.get("base", {}).get("reduction_error") or {}).get("lag_ratio")
    if not found:
        return ""
    low, high = (compact(end) for end in found["interval"])
    return (
        f"The mean lag of the rate kernel is {compact(found['value'])} times that of the potential's "
        f"[{low}, {high}]; 1 would mean that the reduction loses nothing."
    )


def _provenance_facts(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return how the result was made, in an order that does not depend on the order of the keys on disk."""
    provenance = document.get("provenance", {})
    first = [name for name in _PROVENANCE if name in provenance]
    others = sorted(set(provenance) - {*first, "title"})
    machine = {k: v for k, v in provenance.get("machine", {}).items() if k not in provenance and k not in _OF_NO_USE}
    return [*_facts({k: provenance[k] for k in [*first, *others]}), *_facts({k: machine[k] for k in sorted(machine)})]


def _mechanisms(
    dataset: xr.Dataset, document: Mapping[str, Any], pictures: Mapping[str, Picture]
) -> list[dict[str, Any]]:
    return [
        {
            "part": part,
            "picture": pictures[f"mechanism-{part.key}"],
            "rows": feature_rows(dataset, document, part),
            "gain": gain_rows(part),
            "sentences": [(lever.amount_label, lever_summary(lever)) for lever in part.levers],
        }
        for part in group_by_mechanism(read_levers(document))
    ]


def render_page(
    dataset: xr.Dataset, document: Mapping[str, Any], study_toml: str, pictures: Mapping[str, Picture]
) -> str:
    """Return the text of report.html; the same result gives the same bytes."""
    levers = read_levers(document)
    provenance = document.get("provenance", {})
    return page_text(
        "report.html",
        title=provenance.get("title") or "Untitled study",
        summary=summary(document),
        pictures=pictures,
        calibration=_calibration(document),
        reduction=_reduction(document),
        groups=[
            (title, features_of(group), lever_rows(document, levers, group)) for group, title in GROUP_TITLES.items()
        ],
        looks=[*VERDICTS.values(), ABSENT],
        signs=[SIGNS[key] for key in ("+", "-", "0", "?")],
        claims=claim_rows(document),
        ledger=ledger_rows(document.get("ledger") or {}),
        ledger_tally=tally(document.get("ledger") or {}),
        ledger_missing=HOW_TO,
        base_facts=_base_facts(document),
        base_warnings=document.get("base", {}).get("warnings", []),
        estimates=estimate_rows(document),
        families=family_rows(document),
        base_rows=feature_rows(dataset, document, None),
        mechanisms=_mechanisms(dataset, document, pictures),
        doses=of_curves(read_curves(document)),
        interactions=of_pairs(read_pairs(document)),
        calibrations=of_calibrations(document),
        additivity=list(LOOKS.values()),
        inverse=inverse_section(document.get("explanation")),
        scores=score_rows(document),
        widths=width_rows(document),
        checks=validity_rows(document),
        refusals=document.get("refusals", []),
        provenance=_provenance_facts(document),
        notes=provenance.get("notes", []),
        version=provenance.get("version", MISSING),
        study_toml=study_toml,
        papers=papers(
            [
                *_OWN_PAPERS,
                *provenance.get("studies_papers", []),
                *(document.get("ledger") or {}).get("papers", []),
                *(key for one in document.get("calibrations", []) for key in one["citation"]),
            ]
        ),
        mode_suffix=mode_suffix,
        missing=MISSING,
    )
