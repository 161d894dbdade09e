"""How many characters the texts of facts and figures may have: what the tables hold and the reader lets through."""

from typing import Final

WIDTHS: Final = {
    "case_id": 64,
    "case_number": 64,
    "district": 12,
    "utility": 40,
    "supply": 8,
    "stage": 20,
    "length_class": 20,
    "month": 7,
    "reason": 40,
    "activity": 30,
    "basis": 12,
    "open_stages": 120,
    "policy_version": 40,
    "reading": 20,
    "pause_id": 64,
}
