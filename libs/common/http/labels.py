"""Labels of body fields for people: name, unit, hint and the names of codes, declared on the model's field.

    length_m: Annotated[Metres, Label("长度", unit="米", hint="最多一位小数；没有外线填 0")]

The OpenAPI document carries it (`title`, `x-unit`, `x-hint`, `x-names`), and forms are made of it (`actions.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import GetJsonSchemaHandler
from pydantic_core import CoreSchema

UNIT, HINT, NAMES = "x-unit", "x-hint", "x-names"
NO_PERSONAL_DATA = "不要写手机号、证件号等个人信息"


@dataclass(frozen=True, eq=False)
class Label:
    """The label of a field, with the unit of its value, a hint for filling it in, and the names of its codes."""

    title: str
    hint: str | None = None
    unit: str | None = None
    names: Mapping[Any, str] | None = None

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Return the schema of the field with its label."""
        schema = handler(core)
        schema["title"] = self.title
        names = self.names and {str(code): name for code, name in self.names.items()}
        more = {UNIT: self.unit, HINT: self.hint, NAMES: names}
        return schema | {key: value for key, value in more.items() if value is not None}
