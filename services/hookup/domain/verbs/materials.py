"""Verbs of materials: request them, once and only those that are listed, and hand in files."""

from collections.abc import Sequence
from datetime import datetime

from libs.common.rules import RecordedRefusalError, RuleError
from libs.common.texts import check_text
from services.hookup.domain.case import Case
from services.hookup.domain.values.materials import MATERIAL_NAMES, MaterialFile, MaterialKind, MaterialList
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.transitions import Verb


def list_of(case: Case, rules: Rules) -> MaterialList:
    """Return the material list of a case: the one in force when it was submitted."""
    return rules.materials.of(case.supply, case.channel)


def request_materials(
    case: Case, codes: Sequence[str], at: datetime, rules: Rules, reason: str | None = None
) -> None:
    """Ask, once, for everything that is missing (行政许可法 §32(4)), by codes of the list.

    A material that is not listed, or is available by data sharing, is refused on record as an EXTRA_MATERIAL_ATTEMPT.
    A material on file may be requested again only with a reason; otherwise the start of the clock could be delayed at
    will.
    """
    case.check(Verb.REQUEST_CORRECTION)
    listed = list_of(case, rules)
    requested = list(dict.fromkeys(codes))
    if extra := [code for code in requested if not listed.may_be_asked(code)]:
        case.record(
            "extra_material_attempted",
            at,
            refused=len(extra),
            materials=[kind for kind in MaterialKind if kind in extra],
            list_version=listed.version,
        )
        raise RecordedRefusalError(
            "material-not-listed",
            f"{len(extra)}项不在本件的申请材料清单内，或可以共享获取，不得向用户索要",
            "请只要求清单内须由用户提交的材料；此次要求已记录",
            "materials",
        )
    kinds = [MaterialKind(code) for code in requested]
    again = [kind for kind in kinds if any(file.kind is kind for file in case.materials)]
    if again and reason is None:
        names = "、".join(MATERIAL_NAMES[kind] for kind in again)
        raise RuleError(
            "material-on-file", f"用户已提交{names}", "请使用已提交的文件；确不能用的，说明原因", "reason"
        )
    if reason is not None:
        check_text(reason, "reason")
    items = [MATERIAL_NAMES[kind] for kind in kinds]
    case.request_correction(items, at, rules, again=len(again), reason=reason)
    case.correction_materials = kinds


def receive_material(case: Case, file: MaterialFile, rules: Rules) -> None:
    """Add a file that the user hands in; earlier files of its kind stay."""
    case.check(Verb.ADD_MATERIAL)
    if list_of(case, rules).listed(file.kind) is None:
        raise RuleError(
            "material-not-listed",
            f"本件的申请材料清单内没有{MATERIAL_NAMES[file.kind]}",
            "无需提交这项材料",
            "kind",
        )
    _keep(case, file, rules)


def attach_permit_file(case: Case, file: MaterialFile, rules: Rules) -> None:
    """Add a file that authorities need for permits, such as the drawing; users are never asked for it."""
    case.check(Verb.ADD_MATERIAL)
    if not rules.permits.needs_file(file.kind):
        raise RuleError(
            "file-not-for-permits",
            f"审批部门不需要{MATERIAL_NAMES[file.kind]}",
            "请只上传审批所需的图件",
            "kind",
        )
    _keep(case, file, rules)


def attach_evidence(case: Case, file: MaterialFile, rules: Rules) -> None:
    """Add a file of evidence: for a pause, a special case, or the time of an act."""
    case.check(Verb.ADD_EVIDENCE)
    _keep(case, file, rules)


def check_evidence(
    case: Case, evidence_ref: str, field: str = "evidence_ref", since: datetime | None = None
) -> None:
    """Raise RuleError unless this is the id of a file of evidence on the case, uploaded since an instant (hookup.md,
    "Clock").

    A document number proves nothing to the approver, and the user's files serve another purpose. Cases imported from
    ledgers have no files.
    """
    file = next((file for file in case.materials if file.id == evidence_ref), None)
    if file is None or file.kind is not MaterialKind.EVIDENCE:
        raise RuleError(
            "evidence-not-on-file",
            "依据须是本件已上传的依据材料，只写编号或用申请材料代替无从核对",
            "请先上传依据材料，再填写该文件的标识",
            field,
        )
    if since is not None and file.uploaded_at < since:
        raise RuleError(
            "evidence-too-old", "依据材料是在用户提出异议之前上传的", "请上传异议处理之后的依据材料", field
        )


def _keep(case: Case, file: MaterialFile, rules: Rules) -> None:
    # Evidence and the user's files have limits of their own.
    limit, is_evidence = rules.materials.most_files, file.kind is MaterialKind.EVIDENCE
    if sum((material.kind is MaterialKind.EVIDENCE) == is_evidence for material in case.materials) >= limit:
        raise RuleError("materials-too-many", f"每件至多提交{limit}个文件", "请合并后再提交", "file")
    case.materials.append(file)
    case.record(
        "material_received", file.uploaded_at, kind=file.kind, size=file.size, media_type=file.media_type
    )
