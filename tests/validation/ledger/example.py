"""A small ledger's document with every verdict, a series, and a row without data."""

from typing import Any


def number(value: float, error: float) -> dict[str, Any]:
    return {"value": value, "standard_error": error, "interval": [value - 2 * error, value + 2 * error]}


def domain(name: str, verdict: str, measured=None, steps=(), reason="") -> dict[str, Any]:
    return {"domain": name, "verdict": verdict, "measured": measured, "steps": list(steps), "reason": reason}


def row(identifier: str, kind: str, verdict: str, domains: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    usual = {
        "id": identifier, "text": f"Statement {identifier}.", "place": "Fig. 2a", "kind": kind, "expected": kind,
        "value": 0.0, "margin": 0.1, "unit": "1", "experiment": "kernels", "observable": f"observable of {identifier}",
        "papers": ["shine2021", "jahr1990"], "note": "", "verdict": verdict, "domains": domains,
    }  # fmt: skip
    return usual | changes


def example_rows() -> list[dict[str, Any]]:
    scaled = [domain("low", "holds", number(1.02, 0.01)), domain("high", "fails", number(0.6, 0.02))]
    series = [domain("low", "holds", number(0.9, 0.05), [number(0.5, 0.05), number(0.4, 0.05)])]
    shifted = domain("cells", "fails", number(-1e-3, 1e-4))
    unknown = domain("areas", "undecided", reason="needs the receptor data")
    volts = {"unit": "V", "value": -4e-3, "margin": 5e-4, "experiment": "levers"}
    return [
        row("scales", "near", "holds in part", scaled, value=1.0, note="Shunted."),
        row("series", "monotone", "holds everywhere", series, value=1.0),
        row("shifts", "near", "fails", [shifted], **volts),
        row("unknown", "greater", "undecided", [unknown]),
    ]


def example_portraits() -> dict[str, Any]:
    times, currents, surface = [0.002, 0.01, 0.04], [0.0, 1e-10, 2e-10], [[0, 0.1, 0.2], [0.2, 0.3, 0.4]]
    layers = [[[None, 0.1, 0.2], [0.2, 0.3, 0.4]], [[0.1, 0.1, 0.3], [0.2, 0.5, 0.4]]]
    table = {name: [0.0, 0.2, 0.3] for name in ("spike_rate", "burst_probability")}
    table |= {f"{name}_se": [0.0, 0.01, 0.01] for name in table}
    modes = ("burst mode", "tonic mode")
    return {
        "apical": {
            "somatic": currents, "dendritic": [0.0, 2e-10], "closed": [0.0, 1.0],
            "spike_rate": layers, "event_rate": layers, "burst_probability": layers,
        },
        "relay": {
            "steps": currents, "transfer": {mode: [0, 3, 3] for mode in modes}, "holds": times, "rebound": [0, 1, 3],
            "latency": [None, 0.06, 0.12], "rests": [-0.07, -0.065, -0.058], "bursts": [1, 1, 0],
            "currents": currents, "population": {mode: table for mode in modes},
        },
        "rebound": {"inhibitory_time": times, "recovery": [0.0, 1.0], "rebound": surface},
        "spiking pair": {"decay": times, "recovery": [0.0, 1e-9], "rebound": surface, "chance": surface},
    }  # fmt: skip


def example_ledger() -> dict[str, Any]:
    return {
        "schema": "mesobridge.ledger/1", "seed": 1, "level": 0.95, "effort": 1.0, "receptor_data": False,
        "papers": ["jahr1990", "shine2021"],
        "experiments": [
            {"name": "kernels", "title": "Kernels", "seconds": 1.0},
            {"name": "levers", "title": "Levers", "seconds": 2.0},
        ],
        "rows": example_rows(),
        "portraits": example_portraits(),
    }  # fmt: skip
