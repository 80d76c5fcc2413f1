"""The verdicts of a pairing as one JSON document: what its report says, for people and for programs."""

import sys
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import numpy as np

from ...spiking import MECHANISMS
from ...spiking.circuits.library import circuit_facts
from ...spiking.engine import describe_machine
from ..plain import plain
from ..result import SCHEMA
from .condition import BASE, Condition
from .recording import irregularity, mean_rates, synchrony
from .scores import Scores
from .validity_map import placed
from .verdicts import margins
from .walk import Findings

_PAPERS = ("shine2021", "stimberg2019", "schuirmann1987", "amit1997", "brunel2000", "lindner2005", "thomson1982")
_MODES = 6
_EXCITATORY = -0.03  # V; a synapse that reverses above it excites

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
        "sweep": _sweep(findings),
        "places": _places(findings),
        "margins": margins(),
        "cost": _cost(findings),
    }


def _populations(findings: Findings) -> list[dict[str, Any]]:
    base, recording = findings.base, findings.stationary[BASE]
    found = []
    for k, each in enumerate(base.circuit.populations):
        loop = base.open_loops[each.name]
        found.append(
            {
                "name": each.name, "size": each.size, "cell": type(each.population.cell).__name__,
                "irregularity": irregularity(recording, k), "family": loop.sigmoid.family,
                "kernels": {name: kernel.family for name, kernel in loop.kernels.items()},
                "open_loop_rate": loop.rate, "open_loop_error": loop.rate_error, "expected_rate": loop.expected_rate,
                "warnings": list(loop.sigmoid.warnings),
            }
        )  # fmt: skip
    return found


def _order(findings: Findings) -> dict[str, Any]:
    """Return when each mean field was frozen, when the run of its network began, and whether always in this order."""
    frozen = {
        c.name: {
            "digest": c.frozen.digest,
            "frozen_at": c.frozen.frozen_at,
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
                "mean_field_error": condition.rates_error[k], "theory": condition.theory.rates[k],
            }
            for k, name in enumerate(condition.circuit.names)
        },
        "synchrony": dict(zip(condition.circuit.names, synchrony(findings.stationary[condition.name]), strict=True)),
        "leaky_mode": _leaky_mode(condition),
        "stable": not condition.frozen.network.loop(condition.frozen.rates).unstable,
    }  # fmt: skip


def _leaky_mode(condition: Condition) -> dict[str, float] | None:
    """Return the least damped mode of theory with leaky rates; one that grows has a negative decay."""
    if condition.leaky is None:
        return None
    found = condition.leaky.eigenvalues(condition.theory.rates, _MODES)
    if not len(found):
        return None
    first = complex(max(found, key=lambda e: e.real))
    return {"decay": -first.real, "frequency": abs(first.imag) / (2 * np.pi)}


def _modes(findings: Findings) -> list[dict[str, float]]:
    eigenvalues = findings.base.frozen.network.eigenvalues(findings.base.frozen.rates, _MODES)
    upper = [complex(e) for e in eigenvalues if e.imag >= 0]
    return [{"decay": -e.real, "frequency": e.imag / (2 * np.pi)} for e in upper]


def _places(findings: Findings) -> list[dict[str, Any]]:
    """Return where each population lies on the validity map, by its excitation from within the circuit."""
    circuit = findings.base.circuit
    mean, _ = mean_rates(findings.stationary[BASE])
    found = []
    for name, rate in zip(circuit.names, mean.tolist(), strict=True):
        onto = circuit.incoming(name)
        heard = [(circuit.in_degree(p), s.decay) for p in onto for s in p.synapses if s.reversal > _EXCITATORY]
        if not heard:
            continue
        number = sum(each for each, _ in heard)
        decay = sum(each * tau for each, tau in heard) / max(number, 1e-9)
        place = placed(rate, number, decay)
        found.append(
            {
                "population": name, "rate": rate, "in_degree": number, "decay": decay,
                "nearest_error": place.nearest.error, "distance": place.distance, "warning": place.warning,
            }
        )  # fmt: skip
    return found


def _sweep(findings: Findings) -> dict[str, Any] | None:
    found = findings.sweep
    if found is None:
        return None
    place = findings.base.circuit.names.index(found.parameter.split(".")[0])
    jumps = {
        side: {way: [[j.low, j.high] for j in each] for way, each in zip(("up", "down"), both, strict=True)}
        for side, both in found.jumps(place).items()
    }
    return {"parameter": found.parameter, "factors": found.factors.tolist(), "jumps": jumps}


def _cost(findings: Findings) -> dict[str, float]:
    runs = [*findings.stationary.values(), *(d.recording for d in findings.driven)]
    return {
        "network_steps_seconds": sum(float(run.attrs["seconds"]) for run in runs),
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
