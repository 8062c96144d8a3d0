"""The board: the read model of one desk, fed only by what was published.

Own facts, foreign facts and replayed facts take the same path, so a panel cannot tell (and need
not know) where its data come from. No Qt here, and no writing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

from dispatch.domain.advice import Recommendation
from dispatch.domain.assignment import Assignment
from dispatch.domain.call import Call, CallState
from dispatch.domain.closure import Closure
from dispatch.domain.facts.envelope import Envelope
from dispatch.domain.facts.table import decode
from dispatch.domain.facts.unit import UnitPlaceConfirmed
from dispatch.domain.incident import Incident
from dispatch.domain.picture import Change, Picture, fold
from dispatch.domain.queue import Queue, queue_of
from dispatch.domain.staff import Alarm, SignedOn
from dispatch.domain.target import Target
from dispatch.domain.unit import Fix, Unit

#: The latest reports of positions are remembered for whoever follows them (`reported_since`).
KEPT_REPORTS = 20_000


class Board:
    """What stands on the board: the picture, last fixes, and what a panel asks of them.

    `realm` is `live` or `exercise`; `replaying` marks a board that shows the past. `targets`
    come from the agency's profile; `open_sealed` opens personal fields.
    """

    def __init__(
        self,
        *,
        realm: str,
        region_name: str,
        time_zone: str,
        desk_id: str,
        picture: Picture | None = None,
        targets: tuple[Target, ...] = (),
        open_sealed: Callable[[str], str | None] = lambda token: None,
        replaying: bool = False,
    ) -> None:
        self.realm, self.region_name, self.time_zone = realm, region_name, time_zone
        self.desk_id, self.replaying = desk_id, replaying
        self.targets = targets
        self.picture = picture or Picture()
        self.fixes: dict[str, Fix] = {}
        #: Units in the order in which positions of theirs were taken in, the first of them being
        #: report number `_forgotten`.
        self._reports: list[str] = []
        self._forgotten = 0
        self._open_sealed = lru_cache(maxsize=20_000)(open_sealed)
        self.locked = False

    # -- feeding ---------------------------------------------------------------------------

    def apply(self, envelope: Envelope) -> tuple[Change, ...]:
        """Take in a published fact; facts already taken in are passed over."""
        if envelope.pos <= self.picture.pos:
            return ()
        changes = fold(self.picture, envelope)
        if envelope.kind == "unit.place_confirmed":
            fact = decode(envelope)
            if isinstance(fact, UnitPlaceConfirmed):
                self.apply_fixes([Fix(unit_id=fact.unit_id, point=fact.point, t_us=envelope.t_us)])
        if envelope.kind == "journal.key_erased":
            self._open_sealed.cache_clear()
        return changes

    def apply_fixes(self, fixes: Iterable[Fix]) -> None:
        """Take in vehicle positions; an older one never replaces a newer one."""
        for fix in fixes:
            known = self.fixes.get(fix.unit_id)
            if fix is known:
                continue
            if known is None or fix.t_us >= known.t_us or self.replaying:
                self.fixes[fix.unit_id] = fix
                self._reports.append(fix.unit_id)
        if len(self._reports) > 2 * KEPT_REPORTS:
            surplus = len(self._reports) - KEPT_REPORTS
            del self._reports[:surplus]
            self._forgotten += surplus

    def show(self, picture: Picture, fixes: Iterable[Fix]) -> None:
        """Put another moment on the board (replay)."""
        self.picture = picture
        self.fixes = {fix.unit_id: fix for fix in fixes}
        self._forgotten = self.reports + 1
        self._reports.clear()

    @property
    def reports(self) -> int:
        """How many positions have been taken in."""
        return self._forgotten + len(self._reports)

    def reported_since(self, number: int, at_most: int) -> list[str] | None:
        """Units whose positions were taken in after the first `number` reports, oldest first.

        None where they are no longer remembered: then every fix has to be looked at. Who follows
        a great fleet need not go through all of it ten times a second.
        """
        if not self._forgotten <= number <= self.reports:
            return None
        begin = number - self._forgotten
        return self._reports[begin : begin + at_most]

    # -- asking ----------------------------------------------------------------------------

    def plain(self, token: str) -> str:
        """The text of a sealed field; empty when erased, sealed elsewhere, or locked."""
        if not token or self.locked:
            return ""
        return self._open_sealed(token) or ""

    def incident(self, incident_id: str | None) -> Incident | None:
        """An incident by id."""
        return self.picture.incidents.get(incident_id or "")

    def incident_numbered(self, number: int) -> Incident | None:
        """An incident by its serial; short forms match the newest (417 finds 0417)."""
        for incident in reversed(list(self.picture.incidents.values())):
            if incident.number == number:
                return incident
        return None

    def unit(self, unit_id: str | None) -> Unit | None:
        """A unit by id, exactly as written."""
        return self.picture.units.get(unit_id or "")

    def call(self, call_id: str | None) -> Call | None:
        """A call by id."""
        return self.picture.calls.get(call_id or "")

    def assignment(self, assignment_id: str | None) -> Assignment | None:
        """An assignment by id."""
        return self.picture.assignments.get(assignment_id or "")

    def assignments_of(self, incident_id: str) -> list[Assignment]:
        """All assignments of an incident, in order of confirmation."""
        return self.picture.assignments_of(incident_id)

    def recommendation(self, incident_id: str | None) -> Recommendation | None:
        """The newest recommendation for an incident, as recorded."""
        return self.picture.recommendations.get(incident_id or "")

    def closure(self, closure_id: str | None) -> Closure | None:
        """A closure by id, while it stands."""
        return self.picture.closures.get(closure_id or "")

    def closures(self) -> list[Closure]:
        """Closed roads, those that end first before those that stay until somebody opens them."""
        return sorted(
            self.picture.closures.values(),
            key=lambda c: (c.until_us is None, c.until_us or 0, c.from_us, c.closure_id),
        )

    def fix(self, unit_id: str) -> Fix | None:
        """Where a unit was last known to be; its home counts only where it stands there."""
        return self.fixes.get(unit_id)

    def ringing(self) -> list[Call]:
        """Calls nobody has taken, longest wait first."""
        return self.picture.ringing()

    def drafts(self) -> list[Call]:
        """Calls in hand without an incident yet, with a draft to come back to."""
        return [
            call
            for call in self.picture.calls.values()
            if call.state is CallState.OPEN and call.incident_id is None
        ]

    def hung_up(self) -> list[Call]:
        """Callers who left before anybody answered: to be rung back, longest ago first."""
        return [
            call
            for call in self.picture.calls.values()
            if call.state is CallState.DROPPED
            and call.answered_us is None
            and call.incident_id is None
        ]

    def alarms(self) -> list[Alarm]:
        """Standing alarms, oldest first; those nobody has taken come first."""
        alarms = self.picture.alarms.values()
        return sorted(alarms, key=lambda a: (a.taken_us is not None, a.raised_us, a.alarm_id))

    @property
    def signed_on(self) -> SignedOn | None:
        """Who sits at this desk."""
        return self.picture.staff.get(self.desk_id)

    def queue(self, now_us: int) -> Queue:
        """The three groups of the queue at a moment, each in order of urgency."""
        return queue_of(self.picture, self.targets, now_us)
