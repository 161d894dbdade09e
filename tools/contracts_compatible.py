"""What may change in an event once it is released: its readers must still be able to read it.

A reader passes over what it does not know, so a field more is no harm. It relies on everything else: that a field
is there, is never null where it never was, and has no form or value that the released schema does not have.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

# What says nothing about values.
_ANNOTATIONS = {"$schema", "$id", "$defs", "title", "description", "examples", "default", "deprecated"}
# What is compared by its own rule; any other keyword must stay as it is.
_COMPARED = {
    "$ref",
    "anyOf",
    "oneOf",
    "properties",
    "required",
    "items",
    "additionalProperties",
    "enum",
    "const",
}


def incompatibilities(released: Mapping[str, Schema], present: Mapping[str, Schema]) -> list[str]:
    """Return what a reader of the released events (type to schema) could not read in the present ones."""
    found = []
    for event, schema in sorted(released.items()):
        if event in present:
            now = present[event]
            found += [f"{event}{fault}" for fault in _faults(schema, schema, now, now)]
        else:
            found.append(f"{event}: the event is gone")
    return found


def _faults(was: Schema, was_root: Schema, now: Schema, now_root: Schema, at: str = "") -> Iterator[str]:
    """Compare two schemas of one place; `at` is where it is, as `.due.judged_at`."""
    old = list(_alternatives(was, was_root))
    for alternative in _alternatives(now, now_root):
        faults = [list(_form_faults(each, was_root, alternative, now_root, at)) for each in old]
        if all(faults):
            yield from _closest(alternative, old, faults, at)


def _alternatives(schema: Schema, root: Schema) -> Iterator[Schema]:
    """Follow references and take unions apart: the forms that a value may have."""
    if "$ref" in schema:
        yield from _alternatives(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    elif union := schema.get("anyOf", schema.get("oneOf")):
        for each in union:
            yield from _alternatives(each, root)
    else:
        yield schema


def _closest(alternative: Schema, old: list[Schema], faults: list[list[str]], at: str) -> list[str]:
    """Say what is wrong beside the form of the same type, if there was one."""
    for each, said in zip(old, faults, strict=True):
        if each.get("type") == alternative.get("type"):
            return said
    were = " or ".join(sorted(str(each.get("type", "anything")) for each in old))
    return [f"{at}: may be {alternative.get('type', 'anything')}, was {were}"]


def _form_faults(was: Schema, was_root: Schema, now: Schema, now_root: Schema, at: str) -> Iterator[str]:
    had, has = was.get("properties", {}), now.get("properties", {})
    for name in had:
        if name not in has:
            yield f"{at}.{name}: the field is gone"
        else:
            yield from _faults(had[name], was_root, has[name], now_root, f"{at}.{name}")
    for name in was.get("required", ()):
        if name in has and name not in now.get("required", ()):
            yield f"{at}.{name}: the field may be missing"
    for keyword, suffix in (("items", "[]"), ("additionalProperties", ".*")):
        if isinstance(was.get(keyword), Mapping):
            yield from _faults(was[keyword], was_root, now.get(keyword, {}), now_root, at + suffix)
    if values := _values(was):
        if more := [repr(each) for each in _values(now) if each not in values]:
            yield f"{at}: may have the new values {', '.join(more)}"
        if not _values(now):
            yield f"{at}: may have any value, was one of {', '.join(map(repr, values))}"
    for keyword in sorted(was.keys() - _ANNOTATIONS - _COMPARED):
        if was[keyword] != now.get(keyword):
            yield f"{at}: {keyword} is {now.get(keyword)}, was {was[keyword]}"


def _values(schema: Schema) -> list[Any]:
    """Return the only values that a schema allows; empty when it does not list them."""
    return [schema["const"]] if "const" in schema else list(schema.get("enum", ()))
