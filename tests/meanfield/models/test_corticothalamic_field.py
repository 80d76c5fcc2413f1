import numpy as np
import pytest

from mesobridge.meanfield import CorticothalamicField
from mesobridge.meanfield.models.model import published_facts

SETS = CorticothalamicField.published_sets()


def characteristic(model, point, s, wave=0.0):
    """The dispersion relation as printed, from gains and the filter L: zero at eigenvalues."""
    rho = {name: (q := point[f"Q_{name}"]) / model.sigma * (1 - q / model.q_max) for name in ("e", "r", "s")}
    g_ee, g_ei, g_es = (rho["e"] * nu for nu in (model.nu_ee, model.nu_ei, model.nu_es))
    g_re, g_rs = rho["r"] * model.nu_re, rho["r"] * model.nu_rs
    g_se, g_sr = rho["s"] * model.nu_se, rho["s"] * model.nu_sr
    L = 1 / ((1 + s / model.alpha) * (1 + s / model.beta))
    damping = (1 + s / model.gamma) ** 2 + (wave * model.r_e) ** 2
    cortical = damping * (1 - g_ei * L) - g_ee * L
    loop = (g_es * g_se * L**2 + g_es * g_sr * g_re * L**3) * np.exp(-s * model.t0)
    return cortical * (1 - g_sr * g_rs * L**2) - loop


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("wave", [0.0, 12.0])
def test_eigenvalues_solve_the_printed_dispersion_relation(name, wave):
    model = CorticothalamicField.published(name)
    point = model.resting_state()
    values = model.wave_eigenvalues(wave, number=6)
    assert len(values) >= 6
    for value in values:
        step = 1e-4 * (1 + abs(value))
        slope = (
            characteristic(model, point, value + step, wave) - characteristic(model, point, value - step, wave)
        ) / (2 * step)
        newton = characteristic(model, point, value, wave) / slope
        assert abs(newton) < 1e-8 * (1 + abs(value))


@pytest.mark.parametrize("name", SETS)
def test_loop_strengths(name):
    known = published_facts(CorticothalamicField, name)["known"][0]["loop_strengths"]
    assert CorticothalamicField.published(name).loop_strengths() == pytest.approx(known, abs=6e-6)


@pytest.mark.slow
def test_x_plus_y_is_one_where_an_eigenvalue_vanishes():
    found = CorticothalamicField.published("corticothalamic").continuation("nu_se", (0.0032, 0.0045))
    assert found.folds
    for fold in found.folds:
        model = CorticothalamicField.published("corticothalamic", nu_se=fold.value)
        x, y, _ = model.loop_strengths(fold.state)
        assert x + y == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("name", SETS)
def test_spectral_peaks_of_the_sheet(name):
    model, frequency = CorticothalamicField.published(name), np.arange(5, 30, 0.005)
    density = model.field_spectrum(frequency)
    peaks = frequency[1:-1][(density[1:-1] > density[:-2]) & (density[1:-1] > density[2:])]
    known = published_facts(CorticothalamicField, name)["known"][0]["spectral_peaks"]
    assert peaks[: len(known)] == pytest.approx(known, abs=8e-3)


def test_the_alpha_peak_lies_between_its_bounds():
    """Loop phase of one period with filters of one to two lags of 1/alpha + 1/beta."""
    model, frequency = CorticothalamicField.published("eyes-closed"), np.arange(7, 13, 0.01)
    peak = frequency[np.argmax(model.field_spectrum(frequency))]
    lag = 1 / model.alpha + 1 / model.beta
    assert 1 / (model.t0 + 2 * lag) < peak < 1 / (model.t0 + lag)


def test_one_mode_of_a_sheet_is_the_uniform_spectrum():
    model, frequency = CorticothalamicField.published(), np.array([1.0, 9.6, 20.0])
    assert np.allclose(model.field_spectrum(frequency, modes=0), model.power_spectrum(frequency))


def test_enough_modes_are_summed():
    model, frequency = CorticothalamicField.published(), np.array([1.0, 9.6, 20.0])
    assert np.allclose(model.field_spectrum(frequency, modes=10), model.field_spectrum(frequency, modes=14), rtol=1e-12)


def test_steady_rates_satisfy_the_printed_balance():
    model = CorticothalamicField.published("spindles")
    for point in model.fixed_points():
        q_e, q_r, q_s = point["Q_e"], point["Q_r"], point["Q_s"]
        v_e = (model.nu_ee + model.nu_ei) * q_e + model.nu_es * q_s
        v_r = model.nu_re * q_e + model.nu_rs * q_s
        v_s = model.nu_se * q_e + model.nu_sr * q_r + model.nu_sn * model.phi_n
        for v, q in ((v_e, q_e), (v_r, q_r), (v_s, q_s)):
            assert q == pytest.approx(model.q_max / (1 + np.exp(-(v - model.theta) / model.sigma)), rel=1e-10)
