"""Codes of a case: who applies, why a supplier refuses, where an act was recorded."""

from enum import StrEnum


class CustomerCategory(StrEnum):
    """The categories of the notice's 二（二）1: 企业, 个体工商户, 居民, 公服, 其他."""

    ENT = "ENT"
    IND = "IND"
    RES = "RES"
    PUB = "PUB"
    OTH = "OTH"


class RefusalCode(StrEnum):
    """The reasons for which a supplier may refuse (民法典 §648; 城镇燃气管理条例 §18); the last has no statute."""

    OUT_OF_COVERAGE = "OUT_OF_COVERAGE"
    SAFETY_NOT_MET = "SAFETY_NOT_MET"
    NO_LAWFUL_PREMISES = "NO_LAWFUL_PREMISES"
    DUPLICATE = "DUPLICATE"
    ARREARS_OF_APPLICANT = "ARREARS_OF_APPLICANT"


class Source(StrEnum):
    """Whether an act is done in the system, or read in from a ledger of acts that were done elsewhere."""

    LIVE = "LIVE"
    LEDGER = "LEDGER"
