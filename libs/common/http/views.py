"""What an operation answers: put together from values that are right already, and encoded by msgspec.

Pydantic documents it. To check what our own code has just worked out, and to encode it, takes pydantic three and
seven times as long.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
from pydantic import BaseModel


class View(BaseModel):
    """A model that takes what it is made of as it is: types are checked by mypy, and by the tests that read answers.

    What comes from outside is still validated, by `model_validate`.
    """

    def __init__(self, **values: Any) -> None:
        fields = type(self).__pydantic_fields__
        if len(values) < len(fields):
            values = {
                name: field.get_default(call_default_factory=True) for name, field in fields.items()
            } | values
        _set(self, "__dict__", values)
        _set(self, "__pydantic_fields_set__", set(values))
        _set(self, "__pydantic_extra__", None)
        _set(self, "__pydantic_private__", None)

    # Tells pydantic that validation need not go through it.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]


def encoded(model: BaseModel) -> bytes:
    """Return a model as JSON, under the names that its fields have outside.

    Raises TypeError for a model with serializers of its own, which would be passed over.
    """
    return _ENCODER.encode(model)


def _plain(value: object) -> Mapping[str, object]:
    if not isinstance(value, BaseModel):
        raise TypeError(f"no JSON for {type(value).__name__}")
    names = _outside_names(type(value))
    if not names:
        return value.__dict__
    return {names.get(name, name): item for name, item in value.__dict__.items()}


@cache
def _outside_names(model: type[BaseModel]) -> Mapping[str, str]:
    own = model.__pydantic_decorators__
    if own.field_serializers or own.model_serializers or own.computed_fields:
        raise TypeError(f"{model.__name__} has serializers of its own")
    return {
        name: field.serialization_alias
        for name, field in model.model_fields.items()
        if field.serialization_alias not in (None, name)
    }


_set = object.__setattr__
_ENCODER = msgspec.json.Encoder(enc_hook=_plain)
