"""The tiny study, walked once, with a folder of finished points of its own so that nothing done elsewhere is reused."""

from pathlib import Path

import pytest

from mesobridge.spiking.engine import Machine
from mesobridge.validation.document import document
from mesobridge.validation.findings import Findings
from mesobridge.validation.numbers import dataset
from mesobridge.validation.progress import Silence
from mesobridge.validation.result import Result
from mesobridge.validation.simulations import Laboratory
from mesobridge.validation.store import Store
from mesobridge.validation.study import read_study
from mesobridge.validation.walk import investigate

from .tiny import TINY


@pytest.fixture(scope="session")
def points(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("points")


@pytest.fixture(scope="session")
def laboratory(points: Path) -> Laboratory:
    return Laboratory(machine=Machine(workers=2), store=Store(points), progress=Silence())


@pytest.fixture(scope="session")
def findings(laboratory: Laboratory) -> Findings:
    return investigate(read_study(TINY), laboratory)


@pytest.fixture(scope="session")
def result(findings: Findings) -> Result:
    return Result(study=read_study(TINY), dataset=dataset(findings), document=document(findings))
