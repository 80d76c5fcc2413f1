"""A quantity as the type of a study key: text with a unit goes in, an SI float is held, text comes out again."""

from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema

from ...units import checked_quantity, quantity, to_text


@dataclass(frozen=True)
class InUnit:
    """Marks a float as a quantity: ``Annotated[float, InUnit("V")]``, with an optional open lower bound (SI)."""

    unit: str
    above: float = -float("inf")

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Tell pydantic how a value enters and leaves."""
        write = core_schema.plain_serializer_function_ser_schema(self._write, when_used="json-unless-none")
        return core_schema.no_info_before_validator_function(self._read, handler(source), serialization=write)

    def _read(self, given: Any) -> float:
        return checked_quantity("value", given, quantity(self.unit, above=self.above).metadata)

    def _write(self, value: float) -> Any:
        return value if self.unit == "1" else to_text(value, self.unit)
