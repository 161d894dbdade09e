"""Grievances and categories as Open311 GeoReport v2 shows them, and its requests as grievances."""

from collections.abc import Iterable
from typing import Final

from libs.common.places import load_places
from libs.common.problems import INVALID, FieldError, is_chinese
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.open311 import Update, default_kind, notes_of, status_of, updates_of
from services.grievances.domain.rules import Rules
from services.grievances.domain.values.kinds import KIND_NAMES, ReporterKind
from services.grievances.http import open311_models as models
from services.grievances.http.requests import SUPPLY_NAMES
from services.grievances.http.views import category_name
from services.grievances.storage.hotline_policy import HOTLINE_WORDS
from services.grievances.storage.rulebook import RuleBook
from services.grievances.storage.words import Words
from services.grievances.usecases.submit import NewGrievance

_CITY: Final = next(unit for unit in load_places().divisions if unit.kind == "city")
JURISDICTION: Final = _CITY.code
"""The one jurisdiction: the city's code (GB/T 2260)."""


def is_offered(code: str, rules: Rules) -> bool:
    """Tell whether a category of today's tree can be chosen."""
    return code in rules.categories.categories and rules.categories.is_leaf(code)


def services_view(rulebook: RuleBook) -> list[models.Open311Service]:
    """Return what can be asked for; the hotline's words for it are its keywords."""
    rules, words = rulebook.rules, rulebook.policy(HOTLINE_WORDS).categories
    tree = rules.categories
    return [
        models.Open311Service(
            service_code=code,
            service_name=item.name,
            description=category_name(code, rules),
            metadata=True,
            type="realtime",
            keywords=",".join(
                dict.fromkeys([item.name, *(word for word, of in words.items() if of == code)])
            ),
            group=tree.path(code)[0].name,
        )
        for code, item in tree.categories.items()
        if tree.is_leaf(code)
    ]


def definition_view(code: str, rules: Rules) -> models.ServiceDefinition:
    """Return the further fields of a category that can be chosen: where it is, which supply, and its kind."""
    chosen = rules.categories.categories[code]
    kinds = {kind: name for kind, name in KIND_NAMES.items() if not chosen.kinds or kind in chosen.kinds}
    supplies = {of: name for of, name in SUPPLY_NAMES.items() if not chosen.supplies or of in chosen.supplies}
    districts = [(unit.code, unit.name) for unit in load_places().reporting_units]
    return models.ServiceDefinition(
        service_code=code,
        attributes=[
            _attribute(1, "district", True, "县（市、区）；填了 address_id 的可不填", districts),
            _attribute(2, "supply", len(chosen.supplies) > 1, "业务", supplies.items()),
            _attribute(
                3, "kind", False, f"诉求种类；不填为{KIND_NAMES[default_kind(chosen)]}", kinds.items()
            ),
        ],
    )


def _attribute(
    order: int, code: str, required: bool, description: str, values: Iterable[tuple[str, str]]
) -> models.ServiceAttribute:
    return models.ServiceAttribute(
        variable=True,
        code=code,
        datatype="singlevaluelist",
        required=required,
        datatype_description="请选择一项",
        order=order,
        description=description,
        values=[models.AttributeValue(key=str(key), name=name) for key, name in values],
    )


def new_grievance(body: models.NewRequest, rules: Rules) -> NewGrievance:
    """Return a form as a grievance to take in; its category is one that can be chosen. Raises `invalid`.

    Without a phone nobody can be reached: it is anonymous, and a name is not kept.
    """
    street = None if body.address_id is None else load_places().street(body.address_id)
    district = body.district or (street.division if street else None)
    place = _place(body)
    faults = [
        *([] if place or body.address_id else [_NO_PLACE]),
        *([] if (body.lat is None) == (body.long is None) else [_HALF_A_PLACE]),
        *([] if district else [_NO_DISTRICT]),
    ]
    if district is None or faults:
        raise INVALID(errors=faults)
    chosen = rules.categories.categories[body.service_code]
    only = next(iter(chosen.supplies)) if len(chosen.supplies) == 1 else None
    is_named = body.phone is not None
    return NewGrievance(
        kind=body.kind or default_kind(chosen),
        category=body.service_code,
        supply=body.supply or only,
        district=district,
        site=body.address_id,
        reporter=ReporterKind.NAMED if is_named else ReporterKind.ANONYMOUS,
        told=Words(body.description or chosen.name, _name(body) if is_named else None, body.phone, place),
    )


_NO_PLACE: Final = FieldError(
    "address_string", "没有说明地点", "请填写 address_string、address_id，或 lat 和 long", "missing"
)
_HALF_A_PLACE: Final = FieldError("lat", "lat 和 long 须同时填写", "请补齐，或都不填", "missing")
_NO_DISTRICT: Final = FieldError(
    "attribute[district]", "没有说明县（市、区）", "请从服务定义的取值中选择", "missing"
)


def _place(body: models.NewRequest) -> str | None:
    position = None if body.lat is None or body.long is None else f"{body.lat},{body.long}"
    return "；".join(filter(None, [body.address_string, position])) or None


def _name(body: models.NewRequest) -> str | None:
    parts = [body.first_name, body.last_name]
    if is_chinese(body.last_name):
        return "".join(filter(None, reversed(parts)))
    return " ".join(filter(None, parts)) or None


def request_view(item: Grievance, rules: Rules) -> models.ServiceRequest:
    """Return a request without anything that its reporter told."""
    places, tree = load_places(), rules.categories.categories
    street = None if item.site is None else places.street(item.site)
    named = [_CITY.name, places.division(item.district).name, street.name if street else None]
    return models.ServiceRequest(
        service_request_id=item.number,
        status=status_of(item),
        status_notes=notes_of(item),
        service_name=tree[item.category].name if item.category in tree else item.category,
        service_code=item.category,
        description=None,
        agency_responsible=item.utility and places.utility(item.utility).name,
        service_notice=None,
        requested_datetime=item.received_at,
        updated_datetime=max([item.received_at, *(update.at for update in updates_of(item))]),
        expected_datetime=item.cycle.reply_by,
        address="".join(filter(None, named)),
        address_id=item.site,
        zipcode=None,
        lat=None,
        long=None,
        media_url=None,
    )


def update_view(update: Update, number: str) -> models.RequestUpdate:
    """Return something that became of a request."""
    return models.RequestUpdate(
        update_id=update.id,
        service_request_id=number,
        status=update.status,
        updated_datetime=update.at,
        description=update.text,
        media_url=None,
    )
