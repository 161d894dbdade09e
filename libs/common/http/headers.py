"""Response headers in the OpenAPI document."""

from typing import Any, Final

Header = dict[str, dict[str, Any]]

ETAG: Final[Header] = {
    "ETag": {
        "description": "版本，修改时作为 If-Match",
        "required": True,
        "schema": {"type": "string"},
        "example": '"7"',
    }
}
LOCATION: Final[Header] = {
    "Location": {
        "description": "所建资源的地址",
        "required": True,
        "schema": {"type": "string", "format": "uri-reference"},
        "example": "/v1/hookups/01838d6e-3f40-7a06-9f2b-5c0d6c1f7a11",
    }
}


def refer(*headers: Header) -> Header:
    """Return references to shared header definitions."""
    return {name: {"$ref": f"#/components/headers/{name}"} for header in headers for name in header}


def answering(status: int, *headers: Header) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route whose successful answers have these headers."""
    return {status: {"headers": refer(*headers)}}
