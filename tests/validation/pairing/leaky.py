"""A small circuit of leaky cells, as a table."""

from typing import Any

LEAKY: dict[str, Any] = {
    "name": "leaky",
    "cells": {
        "leaky": {
            "kind": "point", "capacitance": "250 pF", "leak_conductance": "16.7 nS", "leak_reversal": "-70 mV",
            "threshold": "-50 mV", "reset": "-60 mV", "refractory_period": "2 ms",
        }
    },
    "synapses": {"ampa": {"reversal": "0 mV", "decay": "2 ms"}, "gaba_a": {"reversal": "-80 mV", "decay": "6 ms"}},
    "populations": {
        name: {
            "size": size, "cell": "leaky",
            "background": {"external": {"rate": "18000 Hz", "weights": {"ampa": "0.2 nS"}}},
        }
        for name, size in (("E", 800), ("I", 200))
    },
    "projections": [
        {"source": "E", "target": ["E", "I"], "probability": 0.1, "delay": "1.5 ms", "weights": {"ampa": "0.2 nS"}},
        {"source": "I", "target": ["E", "I"], "probability": 0.1, "delay": "1.5 ms", "weights": {"gaba_a": "1 nS"}},
    ],
}  # fmt: skip
