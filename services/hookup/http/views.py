"""Response views of cases."""

from datetime import datetime, timedelta

from libs.casework.http.assignment import assignment_view
from libs.casework.http.contacts import QuestionView, UrgeView
from libs.common.auth.callers import Caller
from libs.common.clock import local
from services.hookup.domain.case import Case
from services.hookup.domain.reports.case_figures import figures_of
from services.hookup.domain.reports.why_late import why_late
from services.hookup.domain.values.case_figures import CaseFigures
from services.hookup.domain.values.channels import Channel
from services.hookup.domain.values.closing import net_times
from services.hookup.domain.values.durations import elapsed_minutes
from services.hookup.domain.values.lengths import metres
from services.hookup.domain.values.materials import MATERIAL_NAMES, MaterialFile
from services.hookup.domain.values.pauses import PAUSE_GROUNDS, Pause, PauseState, excluded_dates
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import PUBLIC_STEPS, STAGE_NAMES, Interval
from services.hookup.domain.values.timesheet import overlaps, running_gap, time_sheet
from services.hookup.domain.values.transitions import FINISHED, CaseState, Verb
from services.hookup.domain.verbs.materials import list_of
from services.hookup.events.clock import DueTimes, OnTime
from services.hookup.http import models
from services.hookup.http.allowed import allowed_to, may_open, may_open_files
from services.hookup.http.charge_views import quote_view
from services.hookup.http.contact_models import GuidanceView
from services.hookup.http.contact_views import agency_view, notification_views, work_views
from services.hookup.http.entry_views import (
    dispute_views,
    in_stead_views,
    late_entry_views,
    marked_entry_views,
)
from services.hookup.http.material_models import MaterialFileView
from services.hookup.http.people import is_staff, names_of
from services.hookup.http.permit_views import dig_view, no_permit_view, permit_view
from services.hookup.storage.policies import KINDS

_MINUTE = timedelta(minutes=1)
_TITLES = {kind.name: kind.title for kind in KINDS}


def case_row(case: Case, now: datetime) -> models.CaseRow:
    """Return a case as a row of a list."""
    return models.CaseRow(**row_fields(case, now))


def case_view(case: Case, rules: Rules, now: datetime, caller: Caller) -> models.CaseView:
    """Return a case with its timeline, as visible to the caller; open intervals run until `now`."""
    spans = case.spans
    until = case.finished_at or now
    sheet, figures = time_sheet(case.stages, spans, until), figures_of(case, rules)
    totals = figures.times or net_times(case.submitted_at, until, spans, rules.policy, rules.calendar)
    return models.CaseView(
        **row_fields(case, now),
        as_of=now,
        version=case.version,
        customer_ref=case.customer_ref,
        site_division=case.site_division,
        receipt_date=case.receipt,
        due=_due(case, rules),
        judged_by=[
            models.JudgedByView(
                policy=policy.policy,
                title=_TITLES[policy.policy],
                version=policy.version,
                source_document=policy.source_document,
            )
            for policy in rules.judged_by
        ],
        agreed_date=case.agreed,
        on_time_readings=_on_time(case),
        length=models.LengthView(
            declared_m=metres(case.declared_dm),
            designed_m=metres(case.designed_dm),
            as_built_m=metres(case.as_built_dm),
        ),
        length_changes=[
            models.LengthChangeView(
                kind=change.kind,
                from_m=metres(change.from_dm),
                to_m=metres(change.to_dm) or "",
                changed_at=change.changed_at,
                changed_by=change.changed_by,
            )
            for change in case.length_changes
        ],
        stages=[
            _stage(stage, minutes) for stage, minutes in zip(case.stages, figures.stage_minutes, strict=True)
        ],
        pauses=[_pause(pause, until, rules) for pause in case.pauses],
        gaps=_gaps(case, figures, rules, until),
        overlaps=_overlaps(case, until),
        violations=case.violations(),
        source=case.source,
        late_entries=late_entry_views(case),
        marked_entries=marked_entry_views(case),
        in_stead=in_stead_views(case),
        breached=case.overdue_for is not None,
        why_late=why_late(case, rules, now),
        time_sheet=models.TimeSheetView(
            elapsed=sheet.elapsed,
            net=totals.net,
            working=totals.working,
            net_working=totals.net_working,
            stages=sheet.stages,
            pauses=sheet.pauses,
            gaps=sheet.gaps,
            overlap_saving=sheet.overlap_saving,
        ),
        special_case=_special(case),
        correction_items=case.correction_items,
        correction_reason=case.correction_reason,
        correction_materials=case.correction_materials,
        materials=[_material(material, case, caller) for material in case.materials],
        missing_materials=list_of(case, rules).missing(case.materials),
        may_open_files=may_open_files(case, caller),
        meter_live_at=case.meter_live_at,
        meter_live_recorded_at=case.meter_live_recorded_at,
        confirm_by=case.confirm_by(rules),
        confirmed_at=case.confirmed_at,
        disputes=dispute_views(case),
        confirmed_by_user=case.confirmed_by_user,
        refusal_code=case.refusal,
        permits=[permit_view(permit) for permit in case.permits],
        excavation_at=case.excavation_at,
        dig=dig_view(case),
        no_permit=no_permit_view(case),
        agent=agency_view(case, rules.staff),
        guidance=[GuidanceView.model_validate(advice) for advice in case.guidance],
        urges=[UrgeView.model_validate(urge) for urge in case.urges],
        questions=[QuestionView.model_validate(question) for question in case.questions],
        rating=case.rating.score if case.rating else None,
        told=notification_views(case),
        work=work_views(case, rules, now),
        joint_id=case.joint_id,
        begun_anew_after=case.begun_anew_after,
        apart_from=case.apart_from if is_staff(caller) else None,
        quote=case.quote and quote_view(case.quote),
        assignment=assignment_view(case, names_of(case, rules.staff)) if is_staff(caller) else None,
        watching=caller.subject in case.watchers,
        note_count=len(case.notes) if is_staff(caller) else 0,
        allowed=[verb for verb in allowed_to(case, caller) if isinstance(verb, Verb)],
    )


def row_fields(case: Case, now: datetime) -> dict[str, object]:
    """Return the fields of a case that every row of a list has."""
    due_at, is_paused = case.due.judged_at if case.due else None, case.state is CaseState.PAUSED
    return {
        "id": case.id,
        "number": case.number,
        "state": case.state,
        "supply": case.supply,
        "district": case.district,
        "utility": case.utility,
        "channel": Channel(case.channel),
        "customer_category": case.customer_category,
        "length_m": metres(case.declared_dm if case.designed_dm is None else case.designed_dm),
        "length_class": case.length_class,
        "open_stages": case.open_stages,
        "submitted_at": case.submitted_at,
        "accepted_at": case.accepted_at,
        "due_at": due_at,
        "minutes_left": None if case.finished_at or is_paused or not due_at else (due_at - now) // _MINUTE,
        "finished_at": case.finished_at,
        "overdue": case.is_overdue(now),
        "on_time": case.on_time.judged if case.on_time else None,
        "on_time_by_late_entry": case.on_time_by_late_entry,
        "special": case.is_special,
        "paused": is_paused,
    }


def _due(case: Case, rules: Rules) -> DueTimes | None:
    data = case.due_data(rules)
    return None if data is None else DueTimes.model_validate(data)


def _on_time(case: Case) -> OnTime | None:
    on_time = case.on_time
    if on_time is None:
        return None
    return OnTime(
        judged=on_time.judged,
        working=on_time.working,
        calendar_roll=on_time.calendar_roll,
        calendar_strict=on_time.calendar_strict,
    )


def _stage(stage: Interval, minutes: int | None) -> models.StageView:
    return models.StageView(
        stage=stage.stage,
        name=STAGE_NAMES[stage.stage],
        public_step=PUBLIC_STEPS.get(stage.stage),
        started_at=stage.start,
        start_recorded_at=stage.start_recorded_at,
        completed_at=stage.end,
        completion_recorded_at=stage.end_recorded_at,
        elapsed_minutes=None if stage.end is None else elapsed_minutes(stage.start, stage.end),
        working_minutes=minutes,
    )


def _pause(pause: Pause, until: datetime, rules: Rules) -> models.PauseView:
    counts = pause.state is PauseState.APPROVED
    return models.PauseView(
        id=pause.id,
        reason=pause.reason,
        name=PAUSE_GROUNDS[pause.reason].name,
        state=pause.state,
        starts_at=pause.starts_at,
        ended_at=pause.ended_at,
        days=len(excluded_dates([pause.span], local(until).date(), rules.policy, rules.calendar))
        if counts
        else 0,
        evidence_ref=pause.evidence_ref,
        asked_by=pause.asked_by,
        decided_by=pause.decided_by,
    )


def _material(material: MaterialFile, case: Case, caller: Caller) -> MaterialFileView:
    return MaterialFileView(
        id=material.id,
        kind=material.kind,
        name=MATERIAL_NAMES[material.kind],
        media_type=material.media_type,
        size=material.size,
        sha256=material.sha256,
        uploaded_at=material.uploaded_at,
        uploaded_by=material.uploaded_by,
        may_open=may_open(material, case, caller),
    )


def _gaps(case: Case, figures: CaseFigures, rules: Rules, until: datetime) -> list[models.GapView]:
    running = None
    if case.state not in (*FINISHED, CaseState.TURNED_ON):
        running = running_gap(case.stages, case.spans, until, rules.calendar, rules.policy)
    return [
        models.GapView(
            after=gap.after,
            before=gap.before,
            from_=gap.start,
            to=gap.end,
            workdays=gap.workdays,
            minutes=gap.minutes,
            is_gap=gap.is_gap,
        )
        for gap in (*figures.gaps, *([running] if running else []))
    ]


def _overlaps(case: Case, until: datetime) -> list[models.OverlapView]:
    return [
        models.OverlapView(
            first=overlap.first,
            second=overlap.second,
            from_=overlap.start,
            to=overlap.start + timedelta(minutes=overlap.minutes),
            minutes=overlap.minutes,
            allowed=overlap.allowed,
        )
        for overlap in overlaps(case.stages, until)
    ]


def _special(case: Case) -> models.SpecialView | None:
    if case.special is None:
        return None
    return models.SpecialView(
        reason=case.special.reason,
        name=PAUSE_GROUNDS[case.special.reason].name,
        evidence_ref=case.special.evidence_ref,
        asked_by=case.special.asked_by,
        approved_by=case.special.approved_by,
        declined_by=case.special.declined_by,
        declined_for=case.special.declined_for,
    )
