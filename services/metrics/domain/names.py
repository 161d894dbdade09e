"""Chinese names of the dimensions' codes that all sources share; an unknown code is its own name."""

from collections.abc import Callable, Mapping

from libs.common.places import Supply, load_places

READING_NAMES = {
    "calendar_roll": "自然日（末日遇休息日顺延）",
    "working": "工作日",
    "calendar_strict": "自然日（不顺延）",
}


def district_name(code: str) -> str:
    """Return the name of a district."""
    return _name(lambda known_code: load_places().division(known_code).name, code)


def utility_name(code: str) -> str:
    """Return the name of a utility."""
    return _name(lambda known_code: load_places().utility(known_code).name, code)


def supply_name(code: str) -> str:
    """Return the name of a supply."""
    return _name(lambda known_code: load_places().service_name(Supply(known_code)), code)


def name_in(names: Mapping[str, str]) -> Callable[[str], str]:
    """Return the function of names in a mapping."""
    return lambda code: names.get(code, code)


def _name(name_of: Callable[[str], str], code: str) -> str:
    try:
        return name_of(code)
    except (KeyError, ValueError):
        return code
