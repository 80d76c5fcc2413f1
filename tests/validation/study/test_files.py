import re
import tomllib
from pathlib import Path

import pytest

from mesobridge.validation.study import read_study

ROOT = Path(__file__).resolve().parents[3]
FILES = sorted((ROOT / "studies").glob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_study_that_is_shipped_can_be_read(path):
    study = read_study(path)
    assert study.mechanisms or study.combinations


def test_there_are_studies():
    assert {"small", "fast_spiking", "dose", "interactions"} <= {path.stem for path in FILES}


@pytest.mark.parametrize("page", ["README.md", "docs/study-file.md"])
def test_every_study_shown_in_the_documentation_can_be_read(page):
    shown = re.findall(r"```toml\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    assert shown
    for text in shown:
        read_study(tomllib.loads(text))
