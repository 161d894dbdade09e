"""Loading a ledger of cases from a workbook."""

from typing import Final

from libs.pages.imports import Imports

IMPORTS: Final = Imports(
    service="hookup",
    path="/imports",
    layout="ledger",
    title="台账导入",
    file="报装全流程台账",
    note="同一台账可以重复导入，已有的件不会重复登记。",
    template="ledger_imports.html",
)
