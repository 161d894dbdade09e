"""The declaration of the ledger import: its template, and the tables of its jobs and of the utilities' layouts."""

from collections.abc import Mapping
from typing import Final

from libs.common.auth.callers import Scope, ScopeKind
from libs.common.places import load_places
from libs.workbooks.jobs.kinds import ImportKind
from services.hookup.ledger.layout import LEDGER
from services.hookup.storage.tables import IMPORTS


def utility_constants(scope: Scope) -> Mapping[str, str]:
    """Return the columns that are the same in every row of a utility's ledger; none of other scopes'."""
    if scope.kind is not ScopeKind.UTILITY:
        return {}
    places = load_places()
    utility = places.utility(scope.code)
    return {
        "区划": places.division(utility.district).name,
        "专营单位": utility.name,
        "服务类型": places.service_name(utility.service),
    }


LEDGERS: Final = ImportKind(LEDGER, IMPORTS, constants=utility_constants)
