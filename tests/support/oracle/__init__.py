"""The figures of a ledger, worked out straight from the workbook and by other means than the system's.

It imports nothing of `services` and none of the system's calendar: it has its own words, its own calendar from
`chinese_calendar` and its own loops, day by day. Whatever was due by timer is taken to have happened, as it has
for a ledger of a past year: silence is acceptance, a turn-on without confirmation is finished.
"""
