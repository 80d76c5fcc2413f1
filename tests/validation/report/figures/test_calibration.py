"""The calibration figure shows the measured points, the fit and the simulated cell, each at its current."""

import numpy as np

from mesobridge.validation.report.figures.calibration import draw_calibration

CURVE = {
    "current": [2e-10, 4e-10, 6e-10],
    "target": [1.0, 7.0, 17.0],
    "rate": [0.5, 7.5, 17.2],
    "simulated": [0.6, 7.4, 16.9],
}


def test_every_curve_is_drawn_at_its_values():
    axes = draw_calibration(CURVE).axes[0]
    drawn = {line.get_label(): np.asarray(line.get_xydata()) for line in axes.lines}
    for label, key in (("measured", "target"), ("fitted by theory", "rate"), ("simulated cell", "simulated")):
        assert np.allclose(drawn[label], np.column_stack([[200.0, 400.0, 600.0], CURVE[key]]))
    assert "pA" in axes.get_xlabel()
