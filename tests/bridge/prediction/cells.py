"""The cell of the textbooks, with every number stated: 20 ms membrane, threshold 20 mV above rest."""

from typing import Any

from mesobridge.spiking import PointCell


def textbook_cell(**changes: Any) -> PointCell:
    values: dict[str, Any] = {
        "capacitance": 200e-12,
        "leak_conductance": 10e-9,
        "leak_reversal": -0.070,
        "threshold": -0.050,
        "reset": -0.060,
        "refractory_period": 0.002,
    }
    return PointCell(**(values | changes))
