"""Receptor densities: read and cleaned from a stand-in of the published files, and both verdicts come out of them."""

import numpy as np
import pytest

from mesobridge.spiking.engine import Machine
from mesobridge.validation.ledger import Settings, read_statements
from mesobridge.validation.ledger.experiments.receptor_maps import OBSERVABLES, measure_maps
from mesobridge.validation.ledger.judge import judge
from mesobridge.validation.ledger.receptor_data import ReceptorDataError, read_receptor_data
from mesobridge.validation.progress import Silence
from mesobridge.validation.simulations import Laboratory
from mesobridge.validation.store import Store

RECEPTORS = ["AMPA", "m1", "m3", "a4b2", "a1", "a2", "5-HT1a", "D1"]
AREAS = "1 2 3a 3b V1 V2d V2v V3d 41 42 20 21 22 PGa 6 24 8 9 45 46".split()
SENSORY = AREAS[:10]
PREFRONTAL = ["8", "9", "45", "46"]


def densities(toward_the_review: bool) -> dict[str, np.ndarray]:
    """Densities in the layers, made so that all statements hold, or that all fail."""
    sign, rng = (1 if toward_the_review else -1), np.random.default_rng(2)
    made = {layer: 300 * np.exp(rng.normal(0, 0.05, (len(AREAS), len(RECEPTORS)))) for layer in "SGI"}

    def scale(layer, receptor, areas=AREAS, by=0.5):
        rows = [AREAS.index(area) for area in areas]
        made[layer][rows, RECEPTORS.index(receptor)] *= np.exp(sign * by)

    for receptor in ("m1", "m3"):
        scale("I", receptor)
    for receptor in ("a1", "a2"):
        scale("S", receptor)
    scale("G", "a4b2")
    for layer in "SGI":
        scale(layer, "5-HT1a", SENSORY)
        scale(layer, "D1", PREFRONTAL)
        scale(layer, "a2", SENSORY)
    return made


def write(folder, made):
    for layer, values in made.items():
        np.save(folder / f"ReceptData_{layer}.npy", values)
    np.save(folder / "ReceptorNames.npy", np.array(RECEPTORS))
    np.save(folder / "RegionNames.npy", np.array(AREAS))
    return folder


def verdicts(folder, tmp_path):
    laboratory = Laboratory(machine=Machine(workers=1), store=Store(tmp_path / "points"), progress=Silence())
    effects = measure_maps(laboratory, Settings(receptors=folder))
    asked = [s for s in read_statements() if s.experiment == "receptor maps"]
    assert {s.observable for s in asked} == set(OBSERVABLES)
    return {s.id: judge(s, {e.domain: e for e in effects if e.observable == s.observable}).overall for s in asked}


@pytest.mark.parametrize(("toward", "expected"), [(True, "holds everywhere"), (False, "fails")])
def test_both_verdicts_come_out_of_the_densities(toward, expected, tmp_path):
    found = verdicts(write(tmp_path, densities(toward)), tmp_path)
    assert len(found) >= 6
    assert set(found.values()) == {expected}, found


def test_without_the_data_all_rows_are_undecided_and_say_how_to_get_them(tmp_path):
    assert set(verdicts(None, tmp_path).values()) == {"undecided"}
    laboratory = Laboratory(machine=Machine(workers=1), store=Store(tmp_path / "points"), progress=Silence())
    assert all("--receptors" in effect.reason for effect in measure_maps(laboratory, Settings()))


def test_missing_layers_are_left_out_and_entry_errors_brought_down(tmp_path):
    made = densities(True)
    made["G"][AREAS.index("24")] = 0.0
    made["S"][AREAS.index("6"), RECEPTORS.index("a1")] = 1e5
    data = read_receptor_data(write(tmp_path, made))
    assert np.isnan(data.density("m1", "granular")[AREAS.index("24")])
    assert np.isfinite(data.mean_density("m1")).all()
    outlier = data.density("A1", "supragranular")[AREAS.index("6")]
    assert outlier == data.density("a1", "supragranular").max() < 2000
    assert data.areas[4] == "v1"


def test_a_missing_and_a_misshapen_file_are_named(tmp_path):
    write(tmp_path, densities(True))
    np.save(tmp_path / "ReceptData_G.npy", np.ones((3, 3)))
    with pytest.raises(ReceptorDataError, match=r"ReceptData_G.npy has shape \(3, 3\)"):
        read_receptor_data(tmp_path)
    (tmp_path / "RegionNames.npy").unlink()
    with pytest.raises(ReceptorDataError, match=r"has no RegionNames.npy.*--receptors"):
        read_receptor_data(tmp_path)
    with pytest.raises(ReceptorDataError, match="have no GABAa"):
        read_receptor_data(write(tmp_path, densities(True))).density("GABAa", "granular")
