"""Files of the services: stored as objects, typed by content, scanned, and downloaded by short-lived links."""

from libs.common.objects.files import FILE_KIND, Files, StoredFile, open_files
from libs.common.objects.links import Download, Link, Links
from libs.common.objects.scan import FILE_REFUSED, Scan
from libs.common.objects.sniffing import MediaType, sniff
from libs.common.objects.store import FILES_UNAVAILABLE, ObjectMissingError, ObjectStore, Stored, open_store

__all__ = [
    "FILES_UNAVAILABLE",
    "FILE_KIND",
    "FILE_REFUSED",
    "Download",
    "Files",
    "Link",
    "Links",
    "MediaType",
    "ObjectMissingError",
    "ObjectStore",
    "Scan",
    "Stored",
    "StoredFile",
    "open_files",
    "open_store",
    "sniff",
]
