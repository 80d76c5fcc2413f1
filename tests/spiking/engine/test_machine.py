"""What a computer offers, and what is said when it offers less."""

import pytest

from mesobridge.spiking.engine import EngineError, Machine, describe_machine
from mesobridge.spiking.engine import machine as machine_module


def test_the_facts_of_a_machine_are_told(tmp_path):
    facts = describe_machine(Machine(cache_folder=tmp_path / "not" / "there", workers=3))
    assert facts["workers"] == "3"
    assert facts["cache folder"] == str(tmp_path / "not" / "there")
    assert facts["free disk"].endswith("GB")
    assert {"compiler", "compiler version", "target", "precision", "brian2", "numpy", "python"} <= set(facts)
    assert not (tmp_path / "not").exists()


def test_the_cache_folder_can_be_set(monkeypatch, tmp_path):
    monkeypatch.setenv("MESOBRIDGE_CACHE", str(tmp_path))
    assert Machine().cache_folder == tmp_path


def test_without_a_compiler_numpy_is_used_and_said_once(monkeypatch):
    monkeypatch.setattr(machine_module, "compiler", lambda: None)
    machine_module._warn_once.cache_clear()
    with pytest.warns(UserWarning, match=r"No C\+\+ compiler was found.*NumPy target.*install g\+\+"):
        assert Machine().resolved().target == "numpy"
    assert Machine().resolved().target == "numpy"
    assert describe_machine()["target"] == "numpy (no C++ compiler found)"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"workers": 0}, "at least 1"),
        ({"target": "fortran"}, "'fortran' is not known"),
        ({"precision": "half"}, "float64, float32"),
    ],
)
def test_what_a_machine_cannot_be_is_refused(wrong, message):
    with pytest.raises(EngineError, match=message):
        Machine(**wrong)
