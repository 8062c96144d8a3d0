"""What time alone brings about, recorded by the desk: alarms, closures that begin or end."""

from __future__ import annotations

from dispatch.desk import Desk
from dispatch.desk.closures import BeginClosure, EndClosure
from dispatch.desk.staff import EndAlarm, RaiseAlarm
from dispatch.desk.verbs import SYSTEM
from dispatch.domain.target import Target
from dispatch.watch import Limits, due_alarms, due_closures, ended_alarms

EVERY_US = 1_000_000


class Due:
    """Looks once a second of operational time. Called in the desk's lane."""

    def __init__(self, desk: Desk, targets: tuple[Target, ...], limits: Limits) -> None:
        self._desk, self._targets, self._limits = desk, targets, limits
        self._looked_us = 0

    def step(self, now_us: int) -> None:
        """Have recorded what has fallen due since the last look."""
        if now_us - self._looked_us < EVERY_US:
            return
        self._looked_us = now_us
        self._closures(now_us)
        self._alarms(now_us)

    def _alarms(self, now_us: int) -> None:
        picture = self._desk.picture
        due = due_alarms(picture, self._targets, self._limits, now_us)
        for alarm in due:
            if alarm.alarm_id not in picture.alarms:
                raised = RaiseAlarm(
                    alarm_id=alarm.alarm_id,
                    alarm_kind=alarm.kind,
                    subject=alarm.subject,
                    message=alarm.message,
                )
                self._desk.do(raised, SYSTEM)
        for alarm_id in ended_alarms(picture, due):
            self._desk.do(EndAlarm(alarm_id=alarm_id), SYSTEM)

    def _closures(self, now_us: int) -> None:
        began, ended = due_closures(self._desk.picture, now_us)
        for closure_id in began:
            self._desk.do(BeginClosure(closure_id=closure_id), SYSTEM)
        for closure_id in ended:
            self._desk.do(EndClosure(closure_id=closure_id), SYSTEM)
