"""Compatibility of released schemas: the changes that break no reader and no sender.

Readers ignore unknown fields, so added fields are compatible. They rely on everything else: a field's presence, not
becoming null, and no form or value beyond the released schema. Senders rely on the reverse: everything that the
released schema allowed must still be accepted.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import product
from typing import Any

Schema = Mapping[str, Any]

_ANNOTATIONS = {
    "$schema",
    "$id",
    "$defs",
    "title",
    "description",
    "example",
    "examples",
    "default",
    "deprecated",
    "discriminator",
}
# Keywords that are resolved before schemas are compared.
_COMBINING = {"$ref", "anyOf", "oneOf", "allOf"}
# What describes the insides of a value, and how a sentence points there.
_INSIDES = {"items": "[]", "additionalProperties": ".*", "propertyNames": ".* (name)"}
# Keywords with a rule of their own; any other must not change.
_COMPARED = {"properties", "required", "enum", "const", *_INSIDES}
# The stricter of two limits, by keyword.
_LIMITS: dict[str, Callable[[Any, Any], Any]] = {
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), min),
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"), max),
}


def is_annotation(keyword: str) -> bool:
    """Tell whether a keyword is an annotation: those of JSON Schema, and our own (`x-…`) for people."""
    return keyword in _ANNOTATIONS or keyword.startswith("x-")


def incompatibilities(released: Mapping[str, Schema], present: Mapping[str, Schema]) -> list[str]:
    """Return the changes of the present events that break readers of the released ones (type to schema)."""
    faults = []
    for event, schema in sorted(released.items()):
        if event in present:
            now = present[event]
            faults += [f"{event}{fault}" for fault in Comparison(schema, now).faults(schema, now)]
        else:
            faults.append(f"{event}: the event is gone")
    return faults


@dataclass(frozen=True)
class Comparison:
    """Compares schemas of a released document with those of the present one.

    The wide schema must allow whatever the narrow one does. For responses and events that is the released one, for
    requests (`is_request`) the present one.
    """

    released: Schema
    present: Schema
    is_request: bool = False

    def faults(
        self, was: Schema | bool, now: Schema | bool, at: str = "", within: frozenset[str] = frozenset()
    ) -> Iterator[str]:
        """Compare two schemas of one place; `at` is where it is, as `.due.judged_at`."""
        pair = repr((was, now))
        # A recursive schema is compared once.
        if pair in within:
            return
        wide, narrow = self._turned(list(_forms(was, self.released)), list(_forms(now, self.present)))
        for form in narrow:
            excesses = [list(self._excess(allowed, form, at, within | {pair})) for allowed in wide]
            if all(excesses):
                yield from self._closest(form, wide, excesses, at)

    def _turned(self, first: Any, other: Any) -> tuple[Any, Any]:
        """Convert (was, now) to (wide, narrow), and back."""
        return (other, first) if self.is_request else (first, other)

    def _closest(self, form: Schema, wide: list[Schema], excesses: list[list[str]], at: str) -> list[str]:
        """Return the excess over the most similar form of the same type, if there is one."""
        kinds = [str(allowed.get("type", "anything")) for allowed in wide]
        kind = str(form.get("type", "anything"))
        allowed = " or ".join(sorted(kinds)) or "nothing"
        return min(
            (excess for beside, excess in zip(kinds, excesses, strict=True) if beside == kind),
            key=len,
            default=[
                f"{at}: takes {allowed}, took {kind}"
                if self.is_request
                else f"{at}: may be {kind}, was {allowed}"
            ],
        )

    def _excess(self, wide: Schema, narrow: Schema, at: str, within: frozenset[str]) -> Iterator[str]:
        """Return what the narrow one of two forms allows and the wide one does not."""
        was, now = self._turned(wide, narrow)
        had, has = was.get("properties", {}), now.get("properties", {})
        for name in had:
            if name in has:
                yield from self.faults(had[name], has[name], f"{at}.{name}", within)
            else:
                yield f"{at}.{name}: is gone"
        for name in wide.get("required", ()):
            if name not in narrow.get("required", ()) and (name in has or name not in had):
                yield f"{at}.{name}: {'is required' if self.is_request else 'may be missing'}"
        for keyword, suffix in _INSIDES.items():
            # Readers ignore added fields, whatever the released schema said of additional ones.
            if keyword in wide and (self.is_request or wide[keyword] is not False):
                insides = self._turned(wide[keyword], narrow.get(keyword, True))
                yield from self.faults(*insides, at + suffix, within)
        yield from self._values_faults(wide, narrow, at)
        for keyword in sorted(key for key in wide.keys() - _COMPARED if not is_annotation(key)):
            if not _allows(keyword, wide[keyword], narrow.get(keyword)):
                yield f"{at}: {keyword} is {now.get(keyword)}, was {was.get(keyword)}"

    def _values_faults(self, wide: Schema, narrow: Schema, at: str) -> Iterator[str]:
        allowed, values = _values(wide), _values(narrow)
        listed = ", ".join(map(repr, allowed))
        if allowed and not values:
            any_value = f"takes only {listed}, took" if self.is_request else f"was one of {listed}, may have"
            yield f"{at}: {any_value} any value"
        elif allowed and (more := ", ".join(repr(value) for value in values if value not in allowed)):
            yield f"{at}: {'no longer takes the values' if self.is_request else 'may have the new values'} {more}"


def target(reference: str, document: Schema) -> Any:
    """Return what a reference, as `#/$defs/Due`, points to."""
    return reduce(lambda holder, key: holder[key], reference.split("/")[1:], document)


def _forms(schema: Schema | bool, document: Schema) -> Iterator[Schema]:
    """Yield the alternative forms of a value: references resolved, unions split, conjunctions merged."""
    if isinstance(schema, bool):
        yield from ({},) if schema else ()
        return
    rest = {keyword: value for keyword, value in schema.items() if keyword not in _COMBINING}
    types = rest["type"] if isinstance(rest.get("type"), list) else ()
    at_once: list[list[Schema]] = [[{**rest, "type": one_type} for one_type in types] or [rest]]
    unions = [schema[keyword] for keyword in ("anyOf", "oneOf") if keyword in schema]
    unions += [[member] for member in schema.get("allOf", ())]
    unions += [[target(schema["$ref"], document)]] if "$ref" in schema else []
    at_once += [[form for member in union for form in _forms(member, document)] for union in unions]
    for forms in product(*at_once):
        yield reduce(_joined, forms)


def _joined(first: Schema, other: Schema) -> Schema:
    """Return the conjunction of two forms."""
    joined = {**first, **other}
    for keyword in first.keys() & other.keys():
        if keyword == "properties":
            shared = {
                name: _all_of(first[keyword][name], other[keyword][name])
                for name in first[keyword].keys() & other[keyword].keys()
            }
            joined[keyword] = {**first[keyword], **other[keyword], **shared}
        elif keyword == "required":
            joined[keyword] = [*first[keyword], *other[keyword]]
        elif keyword in _LIMITS:
            joined[keyword] = _LIMITS[keyword](first[keyword], other[keyword])
    return joined


def _all_of(*schemas: Schema) -> Schema:
    """Return the conjunction of schemas, in a canonical form, so that recursion ends."""
    members = [
        member
        for schema in schemas
        for member in (schema["allOf"] if schema.keys() == {"allOf"} else [schema])
    ]
    return {"allOf": [member for index, member in enumerate(members) if member not in members[:index]]}


def _allows(keyword: str, wide: Any, narrow: Any) -> bool:
    """Return whether one keyword's value allows whatever the other does; None is an absent keyword."""
    if keyword in _LIMITS and narrow is not None:
        return bool(_LIMITS[keyword](wide, narrow) == narrow)
    return bool(wide == narrow or (wide, narrow) == ("number", "integer"))


def _values(schema: Schema) -> list[Any]:
    """Return the enumerated values of a schema; empty without an enumeration."""
    return [schema["const"]] if "const" in schema else list(schema.get("enum", ()))
