"""Loading a utility's ledger of accounts from a workbook."""

from typing import Final

from libs.pages.imports import Imports

IMPORTS: Final = Imports(
    service="registry",
    path="/account-imports",
    layout="accounts",
    title="用户清册导入",
    file="本单位用户清册",
    note="同一清册可以重复导入：已登记的户不会重复登记，用途、价格类别、地址有变的会更新；"
    "文件加密保存，导入结束即销毁。",
)
