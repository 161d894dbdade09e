"""Lists of the hotline's orders, read in by the desk."""

from fastapi import APIRouter

from libs.workbooks.http.import_routes import add_import_routes
from services.grievances.http.commands import DESK
from services.grievances.storage.hotline_imports import HOTLINE_LEDGERS

router = APIRouter(prefix="/v1", tags=["12345热线"])

add_import_routes(router, HOTLINE_LEDGERS, importers=DESK)
