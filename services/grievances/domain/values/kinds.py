"""What a grievance is: its kind, where it came from, who told it, and the ways of speaking with people."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal, get_args


class GrievanceKind(StrEnum):
    """The kinds of requests of the hotline (GB/T 39666), and repairs (seed 二（一）5)."""

    CONSULTATION = "CONSULTATION"
    HELP = "HELP"
    COMPLAINT = "COMPLAINT"
    REPORT = "REPORT"
    SUGGESTION = "SUGGESTION"
    REPAIR = "REPAIR"


class Source(StrEnum):
    """Where a grievance came from (seed 二（二）2: 主动收集, 接收)."""

    HOTLINE = "HOTLINE"
    ISHANDONG = "ISHANDONG"
    WECHAT = "WECHAT"
    GOV_PORTAL = "GOV_PORTAL"
    HALL = "HALL"
    PHONE = "PHONE"
    VISIT = "VISIT"
    CALL_BACK = "CALL_BACK"
    SYMPOSIUM = "SYMPOSIUM"
    FINDING = "FINDING"
    OPEN311 = "OPEN311"


class ReporterKind(StrEnum):
    """Whether the person is known, known to the screening desk alone, or to nobody."""

    NAMED = "NAMED"
    CONFIDENTIAL = "CONFIDENTIAL"
    ANONYMOUS = "ANONYMOUS"


class LimitClass(StrEnum):
    """The class of a category that limits are chosen by; most categories have none."""

    NO_SUPPLY = "NO_SUPPLY"
    LEAK = "LEAK"
    MAIN_BURST = "MAIN_BURST"
    GAS_SMELL = "GAS_SMELL"
    TEMPERATURE = "TEMPERATURE"
    TEMPERATURE_TEST = "TEMPERATURE_TEST"
    BILL = "BILL"
    RESTORATION = "RESTORATION"


class ContactWay(StrEnum):
    """How the person was spoken to."""

    PHONE = "PHONE"
    ON_SITE = "ON_SITE"
    APP = "APP"
    LINK = "LINK"


class RevealPurpose(StrEnum):
    """For what words, name and number are shown whole; each time is on record."""

    HANDLE = "HANDLE"
    CALL_BACK = "CALL_BACK"
    SUPERVISE = "SUPERVISE"


class FileKind(StrEnum):
    """What somebody hands in with a grievance, or staff as evidence."""

    PHOTO = "PHOTO"
    RECORDING = "RECORDING"
    DOCUMENT = "DOCUMENT"


KIND_NAMES: Final[Mapping[GrievanceKind, str]] = MappingProxyType(
    {
        GrievanceKind.CONSULTATION: "咨询",
        GrievanceKind.HELP: "求助",
        GrievanceKind.COMPLAINT: "投诉",
        GrievanceKind.REPORT: "举报",
        GrievanceKind.SUGGESTION: "建议",
        GrievanceKind.REPAIR: "报修",
    }
)
SOURCE_NAMES: Final[Mapping[Source, str]] = MappingProxyType(
    {
        Source.HOTLINE: "12345热线",
        Source.ISHANDONG: "爱山东",
        Source.WECHAT: "微信公众号",
        Source.GOV_PORTAL: "政务服务网",
        Source.HALL: "办事大厅",
        Source.PHONE: "专营单位电话",
        Source.VISIT: "企业走访",
        Source.CALL_BACK: "电话回访",
        Source.SYMPOSIUM: "座谈",
        Source.FINDING: "督导发现",
        Source.OPEN311: "Open311接口",
    }
)
REPORTER_NAMES: Final[Mapping[ReporterKind, str]] = MappingProxyType(
    {
        ReporterKind.NAMED: "实名",
        ReporterKind.CONFIDENTIAL: "要求保密",
        ReporterKind.ANONYMOUS: "匿名",
    }
)
CLASS_NAMES: Final[Mapping[LimitClass, str]] = MappingProxyType(
    {
        LimitClass.NO_SUPPLY: "停水、停气、停热",
        LimitClass.LEAK: "泄漏",
        LimitClass.MAIN_BURST: "干管损坏",
        LimitClass.GAS_SMELL: "燃气异味",
        LimitClass.TEMPERATURE: "室温不达标",
        LimitClass.TEMPERATURE_TEST: "申请测温",
        LimitClass.BILL: "费用争议",
        LimitClass.RESTORATION: "缴费后恢复供应",
    }
)
WAY_NAMES: Final[Mapping[ContactWay, str]] = MappingProxyType(
    {
        ContactWay.PHONE: "电话",
        ContactWay.ON_SITE: "上门",
        ContactWay.APP: "手机应用",
        ContactWay.LINK: "短信链接",
    }
)
# Those that staff record; what a person says in the app or by a link is recorded by the person alone.
StaffWay = Literal[ContactWay.PHONE, ContactWay.ON_SITE]
STAFF_WAY_NAMES: Final[Mapping[ContactWay, str]] = MappingProxyType(
    {way: WAY_NAMES[way] for way in get_args(StaffWay)}
)
PURPOSE_NAMES: Final[Mapping[RevealPurpose, str]] = MappingProxyType(
    {
        RevealPurpose.HANDLE: "联系和办理",
        RevealPurpose.CALL_BACK: "回访",
        RevealPurpose.SUPERVISE: "督办",
    }
)
FILE_NAMES: Final[Mapping[FileKind, str]] = MappingProxyType(
    {FileKind.PHOTO: "照片", FileKind.RECORDING: "录音", FileKind.DOCUMENT: "文件"}
)
# The apps that a citizen's token names, by the code that it names them with.
APPS: Final = frozenset({Source.ISHANDONG, Source.WECHAT, Source.GOV_PORTAL})
# What the staff of a counter, of a utility, and of a district or the city take down.
TAKEN_BY_HALL: Final = (Source.HALL, Source.PHONE)
TAKEN_BY_UTILITY: Final = (Source.PHONE, Source.HALL)
TAKEN_BY_SUPERVISORS: Final = (
    Source.HOTLINE,
    Source.VISIT,
    Source.CALL_BACK,
    Source.SYMPOSIUM,
    Source.FINDING,
)
