"""Every reading of every lever of point cells goes through a whole study: measured, predicted, judged, shown."""

import numpy as np
import pytest

from mesobridge.spiking import MECHANISMS
from mesobridge.spiking.engine import Machine
from mesobridge.validation.document import document
from mesobridge.validation.numbers import dataset
from mesobridge.validation.progress import Silence
from mesobridge.validation.simulations import Laboratory
from mesobridge.validation.store import Store
from mesobridge.validation.study import read_study
from mesobridge.validation.walk import investigate

pytestmark = [pytest.mark.slow, pytest.mark.cpp]

OF_OTHER_CELLS = {"hcn_apical_coupling", "t_type_mode"}
READINGS = [
    (identifier, mode)
    for identifier, mechanism in MECHANISMS.items()
    for mode in mechanism.modes
    if identifier not in OF_OTHER_CELLS and mode != "bio:dendritic" and (mode != "review" or not mechanism.standard)
]
# What the pyramid must have for a reading to act on it.
EQUIPMENT = {
    ("relative_refractoriness", "bio"): {"cell": {"moving_threshold": {"jump": "2 mV", "decay": "27 ms"}}},
    **{(f"{r}_density", "bio:tonic"): {"synapses": {r: {"tonic": "0.5 nS"}}} for r in ("ampa", "gaba_a", "gaba_b")},
}


def tiny(identifier, mode):
    return {
        "title": f"{identifier}, {mode}",
        "population": {"name": "e1", **EQUIPMENT.get((identifier, mode), {})},
        "seed": 21,
        "mechanisms": [{"id": identifier, "mode": mode, "amounts": [MECHANISMS[identifier].reading(mode).amounts[1]]}],
        "sigmoid": {
            "v_min": "-10 mV", "v_max": "20 mV", "levels": 8, "cells": 40, "duration": "0.5 s", "warm_up": "0.3 s",
            "budget": 1000, "precision": {"v50": "5 mV", "width": "5 mV", "q_max": 0.5, "skew": 1.0},
        },
        "operating": {"rate": "8 Hz", "slots": 2},
        "kernel": {"cells_per_group": 2, "duration": "0.3 s", "warm_up": "0.2 s"},
        "dynamics": {
            "stimuli": [{"kind": "step", "height": 0.5}], "cells_per_group": 10, "duration": "0.8 s",
            "warm_up": "0.2 s",
        },
        "rate_kernel": {"enabled": False},
    }  # fmt: skip


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory):
    folder = tmp_path_factory.mktemp("readings")
    return Laboratory(machine=Machine(workers=2), store=Store(folder), progress=Silence())


@pytest.mark.parametrize(("identifier", "mode"), READINGS)
def test_a_reading_is_measured_predicted_and_judged(identifier, mode, laboratory):
    findings = investigate(read_study(tiny(identifier, mode)), laboratory)
    found = document(findings)
    (row,) = found["levers"]
    assert (row["mechanism"], row["mode"]) == (identifier, mode)
    assert row["lever"] == MECHANISMS[identifier].reading(mode).lever
    assert not [refusal for refusal in found["refusals"] if refusal["what"].startswith("predicted")]
    judged = [cell["verdict"] for cell in row["features"].values()]
    assert judged.count("holds") >= 6
    assert judged.count("fails") <= 1, "one of many may fail by chance"
    numbers = dataset(findings)
    assert np.isfinite(numbers["rate"].isel(condition=1).values).any()
    assert (found["claims"] == []) == (mode != "review")


def test_a_cascade_in_the_background_is_measured_and_predicted(laboratory):
    table = tiny("ahp_conductance", "review")
    table["population"]["synapses"] = {"gaba_b": {"weight": "2 nS", "cascade": {}}}
    found = document(investigate(read_study(table), laboratory))
    assert not found["refusals"]
    assert [cell["verdict"] for cell in found["levers"][0]["features"].values()].count("holds") >= 6


def test_cells_that_the_drives_do_not_bring_to_the_cap_lose_the_features_read_there(laboratory):
    """More K+ conductance takes more drive than the untouched cells need; nothing is read at the end of the drives."""
    table = tiny("calcium_depolarization", "bio")
    table["mechanisms"][0]["amounts"] = ["-5 mV"]
    found = document(investigate(read_study(table), laboratory))
    (refusal,) = found["refusals"]
    assert "more conductance needs more drive" in refusal["reason"]
    features = found["levers"][0]["features"]
    assert features["v50"]["measured"] is None
    assert features["area"]["verdict"] == "holds"
