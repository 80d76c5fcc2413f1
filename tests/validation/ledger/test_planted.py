"""A planted false claim is found false and a planted true one true, on cells whose sigmoid and kernel are known."""

import math

import pytest

from mesobridge.spiking import POPULATIONS
from mesobridge.spiking.engine import Machine
from mesobridge.validation.ledger.bench import BASE, Settings, Site, survey
from mesobridge.validation.ledger.effect import Effect
from mesobridge.validation.ledger.judge import judge_effect
from mesobridge.validation.ledger.statement import Kind, Statement
from mesobridge.validation.progress import Silence
from mesobridge.validation.simulations import Laboratory
from mesobridge.validation.store import Store

SHIFT, SLIGHT, FACTOR = 0.002, 0.0001, 1.4
# claim, feature, kind, value, margin, planted change, what the truth makes of it
CLAIMS: dict[str, tuple[str, str, Kind, float, float, str]] = {
    "moved thresholds leave the midpoint": ("shift", "v50", "unchanged", 0.0, 5e-4, "fails"),
    "moved thresholds move the midpoint with them": ("shift", "v50", "near", SHIFT, 5e-4, "holds"),
    "moved thresholds lower the midpoint": ("shift", "v50", "falls", 0.0, 5e-4, "fails"),
    "moved thresholds raise the midpoint": ("shift", "v50", "rises", 0.0, 5e-4, "holds"),
    "slightly moved thresholds raise the midpoint": ("slight shift", "v50", "rises", 0.0, 5e-4, "fails"),
    "moved thresholds leave the width": ("shift", "width", "unchanged", 0.0, 5e-4, "holds"),
    "more receptors scale the kernel": ("receptors", "area", "near", math.log(FACTOR), 0.05, "holds"),
    "more receptors leave the kernel": ("receptors", "area", "unchanged", 0.0, 0.05, "fails"),
    "more receptors leave the midpoint": ("receptors", "v50", "unchanged", 0.0, 5e-4, "holds"),
}


def surveyed(seed, folder, effort=0.1):
    base = POPULATIONS["escape_rate"]()
    changes = {
        "shift": base.with_cell(threshold=base.cell.threshold + SHIFT),
        "slight shift": base.with_cell(threshold=base.cell.threshold + SLIGHT),  # real, and too small to speak of
        "receptors": base.with_synapse("ampa", weight=base.synapse("ampa").weight * FACTOR),
    }
    laboratory = Laboratory(machine=Machine(workers=2), store=Store(folder), progress=Silence())
    site = Site(name="known cells", population=base, held={"here": 0.3})
    return survey(laboratory, Settings(seed=seed, effort=effort), site, changes)["here"]


def verdicts(measured):
    found = {}
    for claim, (change, feature, kind, value, margin, _) in CLAIMS.items():
        now, before = measured[change].features, measured[BASE].features
        effect = now.log_ratio_to(before, feature) if feature == "area" else now.change_from(before, feature)
        assert effect is not None, measured[change].refusals
        statement = Statement(
            id="s", text="t", place="p", kind=kind, value=value, margin=margin, unit="1", experiment="e",
            observable="a", domains=("x",), papers=("shine2021",),
        )  # fmt: skip
        found[claim] = judge_effect(statement, Effect(observable="a", domain="x", unit="1", measurement=effect))
    return found


@pytest.mark.cpp
def test_planted_claims_are_judged_as_they_were_planted(tmp_path):
    assert verdicts(surveyed(3, tmp_path)) == {claim: truth for claim, (*_, truth) in CLAIMS.items()}


@pytest.mark.cpp
@pytest.mark.slow
def test_planted_claims_are_misjudged_at_most_at_the_stated_rate(tmp_path):
    seeds = range(40, 55)
    wrong = sum(
        found != CLAIMS[claim][-1] and found != "undecided"
        for seed in seeds
        for claim, found in verdicts(surveyed(seed, tmp_path, effort=0.3)).items()
    )
    trials = len(seeds) * len(CLAIMS)
    assert wrong / trials < 0.05 + 3 * math.sqrt(0.05 * 0.95 / trials)
