"""The names of the registry's codes."""

from libs.pages.codes import Codes
from services.registry.http.reference_routes import REFERENCE

CODES = Codes.of(REFERENCE)
