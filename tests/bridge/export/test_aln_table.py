"""The table of a cell for neurolib's aln model: against the one neurolib ships, and in its hands."""

import warnings
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from mesobridge.bridge import EXPORTS
from mesobridge.bridge.export import NotExpressible, aln_table, write_aln_table
from mesobridge.bridge.export.neurolib_aln import aln_cell
from mesobridge.meanfield import ExponentialCell, eif_rate

from .trials import CELL, JANSEN_RIT, loaded

# The cell behind the table that neurolib ships.
SHIPPED = ExponentialCell(
    tau_m=20e-3, tau_ref=1.5e-3, v_threshold=-50e-3, v_reset=-70e-3, slope_factor=1.5e-3, v_cutoff=-40e-3
)


@pytest.fixture
def neurolib():
    """Neurolib, or a skipped test; its own warnings are not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip("neurolib.models.aln", reason="neurolib is not installed: make test-simulators")
        yield


def test_rates_and_potentials_are_those_of_the_cell():
    table = aln_table(SHIPPED, -0.065, np.array([0.4, 0.8, 1.2]), np.array([1.5e-3, 2.5e-3]) / np.sqrt(1e-3))
    mu, sigma = -0.065 + 20e-3 * 0.8, 2.5e-3 / np.sqrt(1e-3) * np.sqrt(20e-3)
    rate = float(eif_rate(mu, sigma, **SHIPPED.parameters))  # type: ignore[arg-type]
    assert rate > 1
    assert float(table["r_ss"][1, 1]) * 1e3 == pytest.approx(rate, rel=1e-3)
    assert table["sigma_vals"].values == pytest.approx([1.5, 2.5])
    assert table["mu_vals"].attrs["units"] == "mV/ms"
    assert -70 < float(table["V_mean_ss"][1, 1]) < -50


def test_uneven_axes_are_refused():
    with pytest.raises(ValueError, match="even steps, in V/s"):
        aln_table(SHIPPED, -0.065, [0.0, 1.0, 3.0], [0.05, 0.1])


def test_our_table_is_the_one_that_neurolib_ships(neurolib):
    h5py = pytest.importorskip("h5py", reason="h5py is not installed: make test-simulators")
    aln = import_module("neurolib.models.aln")
    with h5py.File(Path(str(aln.__file__)).parent / "aln-precalc" / "quantities_cascade.h5") as file:
        rows, columns = slice(0, 350, 25), slice(0, 64, 9)
        mu, sigma = file["mu_vals"][rows], file["sigma_vals"][columns]
        theirs = {name: file[name][rows, columns] for name in ("r_ss", "V_mean_ss", "tau_mu_exp")}
    ours = aln_table(SHIPPED, -0.065, mu, sigma * 1e-3 / np.sqrt(1e-3))
    fires = theirs["r_ss"] > 1e-3
    assert fires.sum() > 50
    # Only where cells fire: without spikes there is hardly a response that tau_mu could be the time of.
    rate = np.abs(ours["r_ss"].values - theirs["r_ss"]) * 1e3
    potential = np.abs(ours["V_mean_ss"].values - theirs["V_mean_ss"])[fires]
    tau, apart = ours["tau_mu_exp"].values[fires], np.abs(ours["tau_mu_exp"].values - theirs["tau_mu_exp"])[fires]
    print(
        f"aln table: rate {rate.max():.3f} Hz apart, mean {potential.max():.3f} mV, tau_mu "
        f"{apart[tau < 1].max():.3f} ms below 1 ms and {100 * (apart / tau)[tau > 1].max():.1f} % above"
    )
    assert rate.max() < 0.05
    assert potential.max() < 0.1
    # Theirs are read from a grid of 0.01 ms; docs/exports.md has what else is in them.
    assert np.sum(tau < 1) > 20
    assert np.all(apart < 0.01 + 0.04 * tau)


def test_neurolib_runs_with_the_table_of_another_cell(neurolib, tmp_path):
    drift, amplitude = np.linspace(-1.0, 3.0, 81), np.linspace(0.5e-3, 3e-3, 11) / np.sqrt(1e-3)
    cell = ExponentialCell(**{**SHIPPED.parameters, "v_threshold": -52e-3, "tau_ref": 3e-3})
    path = write_aln_table(aln_table(cell, -0.065, drift, amplitude), tmp_path / "table.h5")
    made = import_module("neurolib.models.aln").ALNModel(lookupTableFileName=str(path), seed=0)
    # Without synapses the rate is that of the table at the external drive.
    for name in ("cee", "cie", "cei", "cii", "a", "b", "sigma_ou"):
        made.params[name] = 0.0
    made.params["IA_init"] = np.zeros((1, 1))
    made.params.update({"mue_ext_mean": 0.9, "mui_ext_mean": 1.2, "sigmae_ext": 1.5, "sigmai_ext": 2.0})
    made.params["mue_ou"], made.params["mui_ou"] = np.full(1, 0.9), np.full(1, 1.2)
    made.params["duration"] = 1000.0
    made.run()
    for rates, mean, noise in ((made.rates_exc, 0.9, 1.5), (made.rates_inh, 1.2, 2.0)):
        mu, sigma = -0.065 + 20e-3 * mean, noise * 1e-3 / np.sqrt(1e-3) * np.sqrt(20e-3)
        ours = float(eif_rate(mu, sigma, **cell.parameters))  # type: ignore[arg-type]
        assert ours > 3
        assert rates[0, -1] == pytest.approx(ours, rel=2e-3)


def test_a_population_becomes_its_cell_with_what_is_lost():
    own = aln_cell(CELL)
    assert own.leak_reversal == pytest.approx((7.7 * -0.064 + 2.3 * -0.090) / 10)
    assert own.cell.tau_m == pytest.approx(20e-3)
    assert own.adaptation["tauA"] == pytest.approx(120.0)
    assert own.adaptation["b"] == pytest.approx(2.0 * (90 - 54))
    assert {misfit.name for misfit in own.misfits} == {
        "after-hyperpolarisation", "relative refractoriness", "spread of thresholds",
    }  # fmt: skip


def test_other_cells_are_refused():
    with pytest.raises(NotExpressible, match=r"'escape_rate' cells.*export json or tvb"):
        aln_cell({"population": {"cell": {"kind": "escape_rate", "capacitance": "200 pF"}}})


@pytest.mark.slow
def test_the_export_runs_in_neurolib(neurolib, tmp_path):
    path, table = EXPORTS["neurolib-aln"].write(JANSEN_RIT, tmp_path)
    assert table.stat().st_size > 10_000
    made = loaded(path).model(duration=500.0)
    made.run()
    assert 0 < made.rates_exc[0, -1] < 200
    assert "Not expressed: relative refractoriness" in path.read_text()
