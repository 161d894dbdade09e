"""The workbook of accounts as it is exported, and the table of its jobs."""

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from libs.workbooks.jobs.exports import ExportJobs
from libs.workbooks.ledgers.template import Column, Template
from services.registry.domain.particulars import PARTICULAR_NAMES, Particular
from services.registry.storage.tables import ACCOUNT_EXPORTS

ID: Final = "系统编号"
STATE, CATEGORY, USE, PRICE, SUPPLY = "状态", "类别", "用途", "价格类别", "业务"
UTILITY, DISTRICT, STREET, COMPLETE = "专营单位", "县（市、区）", "街道", "信息完整"
SMALL, ORIGIN, OPENED = "个体工商户和小微企业", "来源", "立户时间"
_WIDTHS: Final = {Particular.NUMBER: 12, Particular.NAME: 24, Particular.ADDRESS: 34}

ACCOUNT_EXPORT: Final = Template(
    name="account-exports",
    noun="户",
    title="用水用气用热户",
    sheet="户",
    number=ID,
    columns=(
        Column("序号", 6),
        Column(ID, 38),
        *(Column(PARTICULAR_NAMES[name], width) for name, width in _WIDTHS.items()),
        Column(STATE, 8),
        Column(CATEGORY, 12),
        Column(USE, 12),
        Column(PRICE, 10),
        Column(SUPPLY, 8),
        Column(UTILITY, 24),
        Column(DISTRICT, 12),
        Column(STREET, 14),
        Column(COMPLETE, 9),
        Column(SMALL, 12),
        Column(ORIGIN, 12),
        Column(OPENED, 18),
    ),
    unit="户",
)
EXPORTS: Final = ExportJobs(ACCOUNT_EXPORTS, "户导出")


def template_with(fields: Collection[str]) -> Template:
    """Return the template with those particulars alone that an export shows."""
    left_out = {PARTICULAR_NAMES[name] for name in _WIDTHS if name not in fields}
    columns = [column for column in ACCOUNT_EXPORT.columns if column.heading not in left_out]
    return replace(ACCOUNT_EXPORT, columns=columns)
