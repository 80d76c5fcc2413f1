"""The verdicts of a pairing as one JSON document: what its report says, for people and for programs."""

import sys
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import numpy as np

from ...meanfield.models.population_network import PopulationNetwork
from ...spiking import MECHANISMS
from ...spiking.circuits.library import circuit_facts
from ...spiking.engine import describe_machine
from ..plain import plain
from ..result import SCHEMA
from .condition import BASE, Condition
from .cost import ALLOWED, cost
from .critical.record import sweep_facts
from .recording import mean_rates, synchrony
from .scores import Scores
from .signals.numbers import signals_document
from .validity.places import expected_places, found_places
from .verdicts import margins
from .walk import Findings

_PAPERS = ("shine2021", "stimberg2019", "schuirmann1987", "amit1997", "brunel2000", "lindner2005", "thomson1982")
_MODES = 6

# What published pipelines reach over their drives; the errors of this study stand beside them.
PUBLISHED = {"E": 3.95, "I": 26.9, "slope": 1.23}


def document(findings: Findings, scores: Scores) -> dict[str, Any]:
    """Return the content of report.json as plain JSON values."""
    return plain(
        {
            "schema": SCHEMA,
            "provenance": _provenance(findings),
            "base": {},
            "levers": [],
            "claims": [],
            "dynamics": [],
            "validity": [],
            "refusals": [{"condition": c, "what": w, "reason": r} for c, w, r in scores.refusals],
            "circuit": _circuit(findings, scores),
        }
    )


def _circuit(findings: Findings, scores: Scores) -> dict[str, Any]:
    return {
        "name": findings.base.circuit.name,
        "populations": _populations(findings),
        "projections": [
            {"name": p.name, "source": p.source, "target": p.target, "in_degree": findings.base.circuit.in_degree(p)}
            for p in findings.base.circuit.projections
        ],
        "order": _order(findings),
        "conditions": [_condition(findings, c) for c in findings.conditions],
        "verdicts": [asdict(row) | {"title": row.title} for row in scores.rows],
        "points": [asdict(point) for point in scores.points],
        "errors": [asdict(line) for line in scores.errors],
        "published_errors": PUBLISHED,
        "modes": _modes(findings),
        "chance": {"p_value": scores.chance.p_value, "tests": scores.chance.tests, "table": scores.chance.table()},
        "sweep": sweep_facts(findings.sweeps),
        "places": _places(findings),
        "signals": signals_document(findings),
        "margins": margins(),
        "cost": _cost(findings),
    }


def _populations(findings: Findings) -> list[dict[str, Any]]:
    base, trains = findings.base, findings.signals.trains
    rows = []
    for each in base.circuit.populations:
        loop = base.open_loops[each.name]
        rows.append(
            {
                "name": each.name, "size": each.size, "cell": type(each.population.cell).__name__,
                "spike_trains": asdict(trains[each.name]) if each.name in trains else None,
                "family": loop.sigmoid.family,
                "kernels": loop.kernel_families,
                "open_loop_rate": loop.rate, "open_loop_error": loop.rate_error, "expected_rate": loop.expected_rate,
                "motions": {
                    name: {
                        "slope": found.slope.value, "slope_error": found.slope.standard_error,
                        "numerator": found.motion.numerator, "denominator": found.motion.denominator,
                        "chi_squared": found.chi_squared[found.motion.order], "degrees": found.degrees,
                    }
                    for name, found in base.motions.found.get(each.name, {}).items()
                },
                "warnings": list(loop.sigmoid.warnings),
            }
        )  # fmt: skip
    return rows


def _order(findings: Findings) -> dict[str, Any]:
    """Return when each mean field was frozen, when the run of its network began, and whether always in this order."""
    frozen = {
        c.name: {
            "digest": c.digest,
            "frozen_at": c.frozen_at,
            "run_at": str(findings.stationary[c.name].attrs["recorded_at"]),
        }
        for c in findings.conditions
    }
    others = [str(driven.recording.attrs["recorded_at"]) for driven in findings.driven]
    base = frozen[BASE]
    kept = all(item["frozen_at"] <= item["run_at"] for item in frozen.values())
    return {"frozen": frozen, "kept": kept and all(base["frozen_at"] <= at for at in others)}


def _condition(findings: Findings, condition: Condition) -> dict[str, Any]:
    mean, error = mean_rates(findings.stationary[condition.name])
    return {
        "name": condition.name,
        "rates": {
            name: {
                "network": mean[k], "network_error": error[k], "mean_field": condition.frozen.rates[k],
                "mean_field_error": condition.rates_error[k],
                "theory": condition.theory.rates[k] if condition.judges("theory", name) else None,
            }
            for k, name in enumerate(condition.circuit.names)
        },
        "synchrony": dict(zip(condition.circuit.names, synchrony(findings.stationary[condition.name]), strict=True)),
        "leaky_mode": _leaky_mode(condition),
        "moving_mode": _moving_mode(condition),
        "stable": not condition.frozen.network.loop(condition.frozen.rates).unstable,
    }  # fmt: skip


def _leaky_mode(condition: Condition) -> dict[str, float] | None:
    """Return the least damped mode of theory with leaky rates; one that grows has a negative decay."""
    return None if condition.leaky is None else _first_mode(condition.leaky, condition.theory.rates)


def _moving_mode(condition: Condition) -> dict[str, float] | None:
    """Return that of the mean field whose rates move as they were measured to."""
    return None if condition.moving is None else _first_mode(condition.moving.network, condition.moving.rates)


def _first_mode(network: PopulationNetwork, rates: Any) -> dict[str, float] | None:
    found = network.eigenvalues(rates, _MODES)
    if not len(found):
        return None
    first = complex(max(found, key=lambda e: e.real))
    return {"decay": -first.real, "frequency": abs(first.imag) / (2 * np.pi)}


def _modes(findings: Findings) -> list[dict[str, float]]:
    eigenvalues = findings.base.frozen.network.eigenvalues(findings.base.frozen.rates, _MODES)
    upper = [complex(e) for e in eigenvalues if e.imag >= 0]
    return [{"decay": -e.real, "frequency": e.imag / (2 * np.pi)} for e in upper]


def _places(findings: Findings) -> list[dict[str, Any]]:
    """Return where each population lies on the validity map, before its network ran and after, and what it missed."""
    base = findings.base
    mean, _ = mean_rates(findings.stationary[BASE])
    missed = np.abs(base.frozen.rates - mean) / np.maximum(mean, 1e-3)
    sides = expected_places(base), found_places(base.circuit, findings.stationary[BASE])
    return [
        {"population": before.population, "before": before.facts(), "after": after.facts(), "error": float(error)}
        for before, after, error in zip(*sides, missed, strict=True)
    ]


def _cost(findings: Findings) -> dict[str, Any]:
    found = cost(findings)
    return {
        "network_processor_seconds": found.network,
        "mean_field_processor_seconds": {side: dict(parts) for side, parts in found.mean_fields.items()},
        "ratios": found.ratios,
        "allowed": ALLOWED,
        "network_seconds": findings.seconds["network"],
        "mean_field_seconds": findings.seconds["mean field"],
    }


def _provenance(findings: Findings) -> dict[str, Any]:
    study, machine = findings.study, findings.machine
    used = {
        source
        for asked in study.pairing.modulations
        for source in MECHANISMS[asked.mechanism].reading(asked.mode).sources
    }
    if findings.sweeps:
        used |= {"efron1993", "keller1977"}
    if "library" in study.circuit:
        used |= set(circuit_facts(study.circuit["library"])["sources"])
    cells = sum(each.size for each in findings.base.circuit.populations)
    return {
        "title": study.title,
        "version": version("mesobridge"),
        "seed": study.seed,
        "target": machine.target,
        "precision": machine.precision,
        "machine": describe_machine(machine) | {"python": sys.version.split()[0]},
        "started": findings.started,
        "seconds": round(findings.seconds["whole"], 1),
        "neuron_seconds": round(cells * sum(float(r.attrs["duration"]) for r in findings.stationary.values())),
        "notes": [f"Simulated with the {machine.target} target in {machine.precision}."],
        "level": study.report.level,
        "studies_papers": sorted({*used, *_PAPERS} - {""}),
    }
