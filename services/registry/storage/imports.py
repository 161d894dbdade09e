"""The ledger of a utility's accounts as it is read in: its columns, its words, and the tables of its jobs."""

from collections.abc import Mapping
from typing import Final

from libs.common.auth.callers import Scope, ScopeKind
from libs.common.places import Supply, load_places
from libs.workbooks.jobs.kinds import ImportKind
from libs.workbooks.ledgers.template import Column, Content, Template, Words
from services.registry.domain.categories import PRICE_NAMES, USE_NAMES, PriceClass, UseType
from services.registry.domain.identifiers import PAPER_NAMES, PaperKind
from services.registry.domain.particulars import CUSTOMER_KIND_NAMES, CustomerKind, Particular
from services.registry.storage.tables import ACCOUNT_IMPORTS

NUMBER: Final = "户号"
KIND, PAPER, USE, PRICE, SUPPLY = "用户类型", "证件类型", "用途", "价格类别", "业务"
# The columns of particulars, by the names of these.
HEADINGS: Final[Mapping[Particular, str]] = {
    Particular.NAME: "用户名称",
    Particular.IDENTIFIER: "证件号码",
    Particular.MOBILE: "手机号",
    Particular.LANDLINE: "固定电话",
    Particular.CONTACT: "联系人",
    Particular.NUMBER: NUMBER,
    Particular.ADDRESS: "地址",
}
# The paper of an organisation, which is no paper of a person.
CREDIT_CODE: Final = "CREDIT_CODE"

KINDS: Final[Words[CustomerKind]] = Words(
    CUSTOMER_KIND_NAMES,
    {
        "单位": CustomerKind.ORGANISATION,
        "企业": CustomerKind.ORGANISATION,
        "法人": CustomerKind.ORGANISATION,
        "个体工商户": CustomerKind.ORGANISATION,
        "个体": CustomerKind.ORGANISATION,
        "个人": CustomerKind.PERSON,
        "居民": CustomerKind.PERSON,
    },
)
PAPERS: Final[Words[str]] = Words(
    {**{str(code): name for code, name in PAPER_NAMES.items()}, CREDIT_CODE: "统一社会信用代码"},
    {
        "身份证": str(PaperKind.RESIDENT_ID),
        "港澳通行证": str(PaperKind.HK_MACAO_PERMIT),
        "台胞证": str(PaperKind.TAIWAN_PERMIT),
        "外国人永居证": str(PaperKind.FOREIGN_RESIDENT),
        "营业执照": CREDIT_CODE,
        "信用代码": CREDIT_CODE,
    },
)
USES: Final[Words[UseType]] = Words(
    USE_NAMES,
    {
        "居民": UseType.RESIDENTIAL,
        "住宅": UseType.RESIDENTIAL,
        "商业": UseType.COMMERCIAL,
        "工业": UseType.INDUSTRIAL,
        "学校": UseType.SCHOOL,
        "医院": UseType.HOSPITAL,
        "其他": UseType.OTHER,
    },
)
PRICES: Final[Words[PriceClass]] = Words(
    PRICE_NAMES,
    {
        "居民生活": PriceClass.RESIDENT,
        "居民用水": PriceClass.RESIDENT,
        "非居民用水": PriceClass.NON_RESIDENT,
        "特种用水": PriceClass.SPECIAL,
    },
)
SUPPLIES: Final[Words[Supply]] = Words(
    {supply: load_places().service_name(supply) for supply in Supply},
    {name: Supply(code) for name, code in load_places().service_codes.items()},
)


def _digits(
    particular: Particular,
    width: int,
    *aliases: str,
    must: bool = False,
    content: Content = Content.IDENTIFIER,
) -> Column:
    return Column(HEADINGS[particular], width, must, aliases, content=content)


ACCOUNT_LEDGER: Final = Template(
    name="accounts",
    noun="用户清册",
    title="用水用气用热用户清册",
    sheet="用户",
    number=NUMBER,
    columns=(
        Column("序号", 6),
        _digits(Particular.NUMBER, 18, "用户编号", "用户号", "户编号", "客户编号", must=True),
        Column(
            HEADINGS[Particular.NAME],
            24,
            must=True,
            aliases=("户名", "用户姓名", "姓名", "客户名称", "单位名称"),
        ),
        Column(KIND, 16, must=True, aliases=("客户类型", "用户性质"), words=KINDS),
        Column(PAPER, 18, aliases=("证件种类",), words=PAPERS),
        _digits(
            Particular.IDENTIFIER,
            22,
            "统一社会信用代码",
            "证件号",
            "身份证号",
            "身份证号码",
            "社会信用代码",
        ),
        _digits(Particular.MOBILE, 14, "手机", "手机号码", "移动电话", "联系电话"),
        _digits(Particular.LANDLINE, 16, "座机", "办公电话", "电话"),
        Column(HEADINGS[Particular.CONTACT], 12, aliases=("联络人", "经办人")),
        Column(
            HEADINGS[Particular.ADDRESS],
            40,
            aliases=("用水地址", "用气地址", "用热地址", "用户地址", "装表地址"),
        ),
        Column(USE, 14, must=True, aliases=("用水性质", "用气性质", "用热性质", "使用性质"), words=USES),
        Column(PRICE, 10, must=True, aliases=("水价类别", "气价类别", "热价类别", "价类"), words=PRICES),
        Column(SUPPLY, 9, must=True, aliases=("业务类型", "服务类型"), words=SUPPLIES),
    ),
    unit="户",
)


def _constants(scope: Scope) -> Mapping[str, str]:
    """Return what is the same in every row of a utility's ledger."""
    if scope.kind is not ScopeKind.UTILITY:
        return {}
    places = load_places()
    return {SUPPLY: places.service_name(places.utility(scope.code).service)}


ACCOUNT_LEDGERS: Final = ImportKind(
    ACCOUNT_LEDGER,
    ACCOUNT_IMPORTS,
    address="account-imports",
    constants=_constants,
    check_rows=1_000,
    load_rows=500,
)
