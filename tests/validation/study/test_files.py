import re
import tomllib
from pathlib import Path

import pytest

from mesobridge.validation.study import read_study
from mesobridge.validation.study.circuit_study import is_circuit_study, read_circuit_study

ROOT = Path(__file__).resolve().parents[3]
FILES = sorted((ROOT / "studies").glob("*.toml"))


@pytest.mark.parametrize("path", [f for f in FILES if not is_circuit_study(f)], ids=lambda path: path.stem)
def test_every_study_that_is_shipped_can_be_read(path):
    study = read_study(path)
    assert study.mechanisms or study.combinations


@pytest.mark.parametrize("path", [f for f in FILES if is_circuit_study(f)], ids=lambda path: path.stem)
def test_every_study_of_a_circuit_that_is_shipped_can_be_read(path):
    assert read_circuit_study(path).title


def test_there_are_studies():
    assert {"small", "fast_spiking", "dose", "interactions", "ei_network"} <= {path.stem for path in FILES}


@pytest.mark.parametrize("page", ["README.md", "docs/study-file.md"])
def test_every_study_shown_in_the_documentation_can_be_read(page):
    shown = re.findall(r"```toml\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    assert shown
    for text in shown:
        read_study(tomllib.loads(text))
