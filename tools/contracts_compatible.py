"""What may change in a schema once it is released: whoever relies on it must still be able to.

A reader passes over what it does not know, so a field more is no harm. It relies on everything else: that a field
is there, is never null where it never was, and has no form or value that the released schema does not have. Who
sends relies on the reverse: that whatever the released schema allowed is still taken.
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
# What is taken apart before schemas are compared.
_COMBINING = {"$ref", "anyOf", "oneOf", "allOf"}
# What describes the insides of a value, and how a sentence points there.
_INSIDES = {"items": "[]", "additionalProperties": ".*", "propertyNames": ".* (name)"}
# What is compared by its own rule; any other keyword must stay as it is.
_COMPARED = {"properties", "required", "enum", "const", *_INSIDES}
# Which of two limits allows less.
_LIMITS: dict[str, Callable[[Any, Any], Any]] = {
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), min),
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"), max),
}


def is_annotation(keyword: str) -> bool:
    """Tell whether a keyword says nothing about values: those of JSON Schema, and our own (`x-…`) for people."""
    return keyword in _ANNOTATIONS or keyword.startswith("x-")


def incompatibilities(released: Mapping[str, Schema], present: Mapping[str, Schema]) -> list[str]:
    """Return what a reader of the released events (type to schema) could not read in the present ones."""
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

    The wide one of two schemas must allow whatever the narrow one does. It is the released one for what others read,
    and the present one for what they have `sent`.
    """

    released: Schema
    present: Schema
    is_request: bool = False

    def faults(
        self, was: Schema | bool, now: Schema | bool, at: str = "", within: frozenset[str] = frozenset()
    ) -> Iterator[str]:
        """Compare two schemas of one place; `at` is where it is, as `.due.judged_at`."""
        pair = repr((was, now))
        # What holds itself is compared once.
        if pair in within:
            return
        wide, narrow = self._turned(list(_forms(was, self.released)), list(_forms(now, self.present)))
        for form in narrow:
            excesses = [list(self._excess(allowed, form, at, within | {pair})) for allowed in wide]
            if all(excesses):
                yield from self._closest(form, wide, excesses, at)

    def _turned(self, first: Any, other: Any) -> tuple[Any, Any]:
        """Turn (was, now) into (wide, narrow), and back."""
        return (other, first) if self.is_request else (first, other)

    def _closest(self, form: Schema, wide: list[Schema], excesses: list[list[str]], at: str) -> list[str]:
        """Say what is too much beside the nearest form of the same type, if there is one."""
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
            # A reader passes over a field more, whatever the released schema said of others.
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
    """Follow references, take unions apart and join what holds at once: the forms that a value may have."""
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
    """Return the form of what has both forms."""
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
    """Return the schema of what all allow, always the same for the same ones, so that a recursion ends."""
    members = [
        member
        for schema in schemas
        for member in (schema["allOf"] if schema.keys() == {"allOf"} else [schema])
    ]
    return {"allOf": [member for index, member in enumerate(members) if member not in members[:index]]}


def _allows(keyword: str, wide: Any, narrow: Any) -> bool:
    """Return whether one keyword lets through whatever the other does; None is a keyword that is not there."""
    if keyword in _LIMITS and narrow is not None:
        return bool(_LIMITS[keyword](wide, narrow) == narrow)
    return bool(wide == narrow or (wide, narrow) == ("number", "integer"))


def _values(schema: Schema) -> list[Any]:
    """Return the only values that a schema allows; empty when it does not list them."""
    return [schema["const"]] if "const" in schema else list(schema.get("enum", ()))
