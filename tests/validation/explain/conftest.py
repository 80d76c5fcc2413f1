"""A synthetic result with planted levers, read as one that a run has left."""

import pytest

from mesobridge.validation.result import Result
from mesobridge.validation.study import builtin_study

from ..report.example_dataset import example_dataset
from ..report.example_document import example_document


@pytest.fixture(scope="session")
def result() -> Result:
    dataset = example_dataset()
    return Result(study=builtin_study(), dataset=dataset, document=example_document(dataset))
