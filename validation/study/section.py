"""What every table of a study file is: unknown keys are mistakes, and nothing changes after it was read."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A table of the study file: unknown keys are mistakes, and nothing changes after it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, arbitrary_types_allowed=True)
