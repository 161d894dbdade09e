"""What the published validators of Open311 look for, and how its clients read answers, in both formats.

The rules are those of SeeClickFix/open311-validator (discovery, services) and of open311/schema-validation (services,
definitions, requests); the way of reading is that of `georeport` 0.3.1 (PyPI) and of FixMyStreet. `georeport` itself
is none of our packages: it asks for xmltodict below 0.15, which CVE-2025-9375 is about.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET

from libs.common.clock import SystemClock
from tests.services.grievances.open311.channel import SQLITE, Channel, path_of
from tests.services.grievances.people import send
from tests.support.service import Running

pytestmark = SQLITE
TEXT, NULL = str, type(None)
SERVICE = {
    "service_code": (TEXT,),
    "service_name": (TEXT,),
    "description": (TEXT, NULL),
    "metadata": (bool,),
    "type": (TEXT,),
    "keywords": (TEXT, NULL),
    "group": (TEXT, NULL),
}
ATTRIBUTE = {
    "variable": (bool,),
    "code": (TEXT,),
    "datatype": (TEXT,),
    "required": (bool,),
    "datatype_description": (TEXT, NULL),
    "order": (int,),
    "description": (TEXT, NULL),
    "values": (list,),
}
REQUEST = {
    "service_request_id": (TEXT,),
    "status": (TEXT,),
    "status_notes": (TEXT, NULL),
    "service_name": (TEXT, NULL),
    "service_code": (TEXT,),
    "description": (TEXT, NULL),
    "agency_responsible": (TEXT, NULL),
    "service_notice": (TEXT, NULL),
    "requested_datetime": (TEXT,),
    "updated_datetime": (TEXT, NULL),
    "expected_datetime": (TEXT, NULL),
    "address": (TEXT, NULL),
    "address_id": (TEXT, NULL),
    "zipcode": (TEXT, NULL),
    "lat": (int, float, NULL),
    "long": (int, float, NULL),
    "media_url": (TEXT, NULL),
}
UPDATE = {
    "update_id": (TEXT,),
    "service_request_id": (TEXT,),
    "status": (TEXT,),
    "updated_datetime": (TEXT,),
    "description": (TEXT, NULL),
    "media_url": (TEXT, NULL),
}


def faults(thing: Mapping[str, Any], fields: Mapping[str, tuple[type, ...]]) -> list[str]:
    """Return the fields that are missing, too many or of another type."""
    odd = [name for name in fields if type(thing.get(name, ...)) not in fields[name]]
    return odd + sorted(thing.keys() - fields.keys())


def spark(element: ET.Element) -> Any:
    """Return an element as JSON has it by the Spark convention, all values as texts."""
    lists = {"services", "service_requests", "service_request_updates", "attributes", "values"}
    if element.tag in {*lists, "endpoints", "formats"}:
        return [spark(part) for part in element]
    return {part.tag: spark(part) for part in element} if len(element) else element.text


def texts(value: Any) -> Any:
    """Return a document of JSON with all its values as texts."""
    match value:
        case dict():
            return {name: texts(part) for name, part in value.items()}
        case list():
            return [texts(part) for part in value]
        case bool():
            return str(value).lower()
    return None if value is None else str(value)


async def test_discovery_names_the_interface_its_formats_and_how_to_get_a_key(grievances: Running) -> None:
    found = (await Channel(grievances).get("discovery.json")).json()
    assert found["contact"]
    assert found["key_service"]
    (endpoint,) = found["endpoints"]
    assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert endpoint["url"].endswith("/open311/v2")
    assert endpoint["type"] in ("production", "test")
    assert {"text/xml", "application/json"} == set(endpoint["formats"])
    for changeset in (found["changeset"], endpoint["changeset"]):
        assert datetime.fromisoformat(changeset) < SystemClock().now()


async def test_services_their_definitions_requests_and_updates_are_as_the_schemas_say(
    grievances: Running,
) -> None:
    channel = Channel(grievances)
    stranger = grievances.stranger().http
    services = (await stranger.get("/open311/v2/services.json")).json()
    assert services
    assert not [fault for service in services for fault in faults(service, SERVICE)]
    assert {service["type"] for service in services} == {"realtime"}
    assert len({service["service_code"] for service in services}) == len(services)
    for service in services:
        assert service["metadata"]
        path = f"/open311/v2/services/{service['service_code']}.json"
        definition = (await stranger.get(path)).json()
        assert definition["service_code"] == service["service_code"]
        attributes = definition["attributes"]
        assert not [fault for attribute in attributes for fault in faults(attribute, ATTRIBUTE)]
        assert [attribute["order"] for attribute in attributes] == [1, 2, 3]
        assert {attribute["datatype"] for attribute in attributes} == {"singlevaluelist"}
        assert all(value.keys() == {"key", "name"} for each in attributes for value in each["values"])
    number = await channel.told()
    await send(grievances, await path_of(grievances, number))
    (request,) = (await channel.get(f"requests/{number}.json")).json()
    assert not faults(request, REQUEST)
    assert request["status"] in ("open", "closed")
    (update,) = (await channel.get("servicerequestupdates.json")).json()
    assert not faults(update, UPDATE)
    for name in ("requested_datetime", "updated_datetime", "expected_datetime"):
        assert datetime.fromisoformat(request[name]).tzinfo is not None


async def test_xml_says_what_json_says(grievances: Running) -> None:
    channel = Channel(grievances)
    number = await channel.told()
    await send(grievances, await path_of(grievances, number))
    roots = {
        "discovery": "discovery",
        "services": "services",
        "services/FACILITY-GAS": "service_definition",
        "requests": "service_requests",
        f"requests/{number}": "service_requests",
        f"tokens/{number}": "service_requests",
        "servicerequestupdates": "service_request_updates",
    }
    for path, root in roots.items():
        xml, json = await channel.get(f"{path}.xml"), await channel.get(f"{path}.json")
        assert xml.headers["content-type"] == "text/xml; charset=utf-8"
        assert json.headers["content-type"] == "application/json; charset=utf-8"
        read = ET.fromstring(xml.content)
        assert (read.tag, spark(read)) == (root, texts(json.json()))
