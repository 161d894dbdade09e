"""Changes of fields in words, for histories."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from libs.casework.http.history import ChangeView
from libs.common.places import load_places
from services.registry.domain.categories import PRICE_NAMES, SUBJECT_NAMES, USE_NAMES
from services.registry.domain.identifiers import PAPER_NAMES
from services.registry.domain.particulars import PARTICULAR_NAMES

_HIDDEN: Final = "（个人信息，不显示）"
_YES_NO: Final = {"true": "是", "false": "否"}
_SITES: Final = {
    **{row.code.ljust(12, "0"): row.name for row in load_places().divisions},
    **{row.site: row.name for row in load_places().streets},
}
_FIELDS: Final[Mapping[str, tuple[str, Mapping[Any, str]]]] = {
    "use": ("用途", USE_NAMES),
    "price_class": ("价格类别", PRICE_NAMES),
    "subject": ("主体", SUBJECT_NAMES),
    "small_or_micro": ("个体工商户或小微企业", _YES_NO),
    "paper": ("证件类型", PAPER_NAMES),
    "site_division": ("街道、乡镇或县（市、区）", _SITES),
    **{str(name): (label, {}) for name, label in PARTICULAR_NAMES.items()},
}


def field_name(name: str) -> str:
    """Return what a field of an account or a customer is called."""
    return _FIELDS.get(name, (name, {}))[0]


def change_views(changes: Iterable[Mapping[str, str | None]]) -> list[ChangeView]:
    """Return the changes of an event as people read them; of a personal field its values are not shown."""
    views = []
    for change in changes:
        name = str(change["field"])
        label, (_, names) = field_name(name), _FIELDS.get(name, (name, {}))
        if name in PARTICULAR_NAMES:
            views.append(ChangeView(name=label, old=None, new=_HIDDEN))
        else:
            old, new = (value and names.get(value, value) for value in (change["before"], change["after"]))
            views.append(ChangeView(name=label, old=old, new=new))
    return views
