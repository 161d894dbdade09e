"""The list of the hotline's orders as it is read in: its columns, by the names that cities give them."""

from typing import Final

from libs.common.places import Supply, load_places
from libs.workbooks.jobs.kinds import ImportKind
from libs.workbooks.ledgers.template import YES, Column, Content, Template, Words
from services.grievances.storage.tables import HOTLINE_IMPORTS

NUMBER: Final = "工单编号"
VERSION, RECEIVED, KIND, CATEGORY = "版本", "受理时间", "诉求种类", "诉求类别"
TOLD, DISTRICT, SUPPLY, NAME, PHONE, PLACE = "诉求内容", "县（市、区）", "业务", "诉求人", "联系电话", "地点"
REPLY_BY, STATUS, UNIT, ADDITION, CONFIDENTIAL = (
    "要求答复时间",
    "工单状态",
    "加派单位",
    "补充内容",
    "是否保密",
)
CALLED, CONTACTED, SOLVED, GRADE, STEPS = "回访时间", "是否联系", "是否解决", "满意度", "评价级数"
REASON: Final = "回访意见"

SUPPLIES: Final[Words[Supply]] = Words(
    {supply: load_places().service_name(supply) for supply in Supply},
    {name: Supply(code) for name, code in load_places().service_codes.items()},
)
FLAGS: Final[Words[str]] = Words(
    {"YES": YES, "NO": "否"},
    {
        "已联系": "YES",
        "已解决": "YES",
        "解决": "YES",
        "保密": "YES",
        "未联系": "NO",
        "未解决": "NO",
        "不保密": "NO",
        "公开": "NO",
    },
)

HOTLINE_LEDGER: Final = Template(
    name="hotline-orders",
    noun="热线工单清单",
    title="12345热线工单清单",
    sheet="热线工单",
    number=NUMBER,
    columns=(
        Column("序号", 6),
        Column(
            NUMBER,
            22,
            must=True,
            aliases=("工单号", "诉求编号", "热线编号", "受理编号", "案件编号", "流水号", "工单流水号"),
            content=Content.IDENTIFIER,
        ),
        Column(VERSION, 8, aliases=("版本号", "流转版本")),
        Column(
            RECEIVED,
            18,
            must=True,
            aliases=("来电时间", "受理日期", "登记时间", "收到时间", "诉求时间", "创建时间"),
            content=Content.MOMENT,
        ),
        Column(KIND, 10, must=True, aliases=("诉求类型", "工单类型", "来电类型", "问题类型", "诉求性质")),
        Column(CATEGORY, 20, aliases=("问题分类", "事项分类", "所属类别", "归口类别", "诉求分类")),
        Column(
            TOLD,
            60,
            must=True,
            aliases=("来电内容", "问题描述", "主要内容", "反映内容", "诉求描述"),
            content=Content.FREE_TEXT,
        ),
        Column(DISTRICT, 12, must=True, aliases=("所属区域", "区县", "属地", "事发区域", "所属区县")),
        Column(SUPPLY, 8, aliases=("业务类型", "所属行业"), words=SUPPLIES),
        Column(NAME, 10, aliases=("来电人", "姓名", "联系人", "反映人", "来电人姓名")),
        Column(PHONE, 14, aliases=("来电号码", "电话", "联系方式", "手机号码"), content=Content.IDENTIFIER),
        Column(PLACE, 40, aliases=("事发地址", "地址", "详细地址", "问题地址"), content=Content.FREE_TEXT),
        Column(
            REPLY_BY,
            18,
            aliases=("办理时限", "截止时间", "反馈期限", "到期时间", "要求反馈时间"),
            content=Content.MOMENT,
        ),
        Column(STATUS, 12, aliases=("状态", "办理状态", "当前环节", "流程状态")),
        Column(UNIT, 24, aliases=("加派", "增派单位")),
        Column(ADDITION, 40, aliases=("追加内容", "补充说明"), content=Content.FREE_TEXT),
        Column(CONFIDENTIAL, 8, aliases=("信息保密", "保密要求"), words=FLAGS),
        Column(CALLED, 18, aliases=("热线回访时间",), content=Content.MOMENT),
        Column(CONTACTED, 8, aliases=("是否联系到", "联系情况"), words=FLAGS),
        Column(SOLVED, 8, aliases=("解决情况",), words=FLAGS),
        Column(GRADE, 10, aliases=("评价", "满意情况", "回访评价", "满意度评价")),
        Column(STEPS, 8, aliases=("等级数",)),
        Column(REASON, 40, aliases=("不满意原因", "回访结果说明"), content=Content.FREE_TEXT),
    ),
)
HOTLINE_LEDGERS: Final = ImportKind(
    HOTLINE_LEDGER, HOTLINE_IMPORTS, address="hotline-order-imports", check_rows=200, load_rows=25
)
