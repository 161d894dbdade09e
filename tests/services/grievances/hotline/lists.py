"""Lists of orders as three cities lay them out: invented rows in the columns and words that each uses."""

import io
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from openpyxl import Workbook

from libs.workbooks.jobs.kinds import ImportKind
from libs.workbooks.jobs.runner import loop_name
from services.grievances.storage.hotline_imports import HOTLINE_LEDGERS
from tests.support.service import Client, Running

# 2022-07-04 08:30 and 2022-07-06 17:30 as a spreadsheet counts days.
MORNING, EVENING = 44746.354166666664, 44748.729166666664


def book(*rows: Sequence[Any], merged: Sequence[str] = ()) -> bytes:
    """A workbook of rows, numbers as numbers."""
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    for cells in merged:
        sheet.merge_cells(cells)
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def of_first_city() -> bytes:
    """A title over all columns, a line of the day it was made, dates as serials, grades of three."""
    return book(
        ["12345政务服务便民热线转办工单明细表"],
        ["导出时间：2022年7月4日", None, None, None, "单位：市城市管理局"],
        [
            "序号",
            "工单号",
            "来电时间",
            "工单类型",
            "问题分类",
            "来电内容",
            "所属区域",
            "来电人",
            "来电号码",
            "办理时限",
            "办理状态",
        ],
        [
            1,
            "LC2207040001",
            MORNING,
            "投诉",
            "停水",
            "小区停水一天",
            "东昌府区",
            "张先生",
            "13800138001",
            EVENING,
            "待签收",
        ],
        [
            2,
            "LC2207040002",
            MORNING,
            "咨询",
            "报装",
            "新房如何开户",
            "茌平",
            "王女士",
            "13800138002",
            None,
            "待签收",
        ],
        [
            3,
            "LC2207040003",
            MORNING,
            "表扬",
            "服务态度",
            "师傅服务好",
            "东昌府区",
            "赵先生",
            "13800138003",
            None,
            "待签收",
        ],
        merged=["A1:K1", "A2:D2"],
    )


def of_second_city() -> bytes:
    """Headings in two rows under merged cells, times as texts, a version, another word for everything."""
    return book(
        ["热线承办单位工单清单（7月）"],
        ["基本信息", None, None, None, "诉求人", None, None, "诉求", None, "办理", None],
        [
            "受理编号",
            "版本号",
            "登记时间",
            "诉求类型",
            "反映人",
            "联系方式",
            "信息保密",
            "反映内容",
            "事发地址",
            "属地",
            "反馈期限",
        ],
        [
            "SD-70001",
            1,
            "2022年7月4日 8时30分",
            "求助类",
            "孙女士",
            "0635-8412345",
            "保密",
            "暖气管道漏水",
            "振兴路1号",
            "莘县",
            "2022-07-08",
        ],
        [
            "SD-70002",
            2,
            "2022/7/4 08:40",
            "举报类",
            None,
            None,
            None,
            "有人私接燃气",
            "东关街2号",
            "冠县",
            None,
        ],
        merged=["A1:K1", "A2:D2", "E2:G2", "H2:I2", "J2:K2"],
    )


def of_third_city(encoding: str = "gb18030") -> bytes:
    """A .csv in the encoding of Excel, with the hotline's own call-back in grades of four."""
    lines = [
        "流水号,版本,受理日期,诉求性质,诉求分类,诉求描述,区县,业务类型,电话,当前环节,热线回访时间,联系情况,解决情况,满意情况,等级数,不满意原因",
        "H9-1,1,2022-07-04 08:30,投诉类,水压不足,六楼水压不足,东昌府区,自来水,13800138004,派单,,,,,,",
    ]
    return "\r\n".join(lines).encode(encoding)


async def hand_in(
    who: Client,
    content: bytes,
    name: str = "工单.xlsx",
    mode: str = "good",
    kind: ImportKind = HOTLINE_LEDGERS,
) -> str:
    """Hand a list in; return the path of its job."""
    answer = await who.http.post(
        f"/v1/{kind.address}",
        files={"file": (name, content)},
        data={"mode": mode},
        headers={"Idempotency-Key": str(uuid4())},
    )
    assert answer.status_code == 202, answer.text
    return f"/{kind.address}/{answer.json()['id']}"


async def read_in(
    grievances: Running,
    who: Client,
    content: bytes,
    mode: str = "good",
    kind: ImportKind = HOTLINE_LEDGERS,
) -> dict[str, Any]:
    """Read a list in; return the finished job."""
    path = await hand_in(who, content, mode=mode, kind=kind)
    (loop,) = (loop for loop in grievances.service.extra_loops if loop.name == loop_name(kind))
    while (job := (await who.get(path)).body)["state"] in ("checking", "loading"):
        await loop.step()
    return job
