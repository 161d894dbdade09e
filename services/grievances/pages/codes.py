"""The names of the codes of grievances."""

from libs.pages.codes import Codes
from services.grievances.http.reference_routes import REFERENCE

CODES = Codes.of(REFERENCE)
