"""What the queue shows, line by line: values made from the board, before anything is drawn."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from dispatch.domain.assignment import Assignment, AssignmentState
from dispatch.domain.call import Call, CallState
from dispatch.domain.queue import Queue, QueueRow, begun_us
from ui.incidents.durations import clock_text, initials, span
from ui.incidents.limits import acknowledge_limit_s
from ui.incidents.place_names import PlaceNames
from ui.panel import PanelContext

#: Reasons that ask for something to be done; the others say again what the figures say.
PRESSING = frozenset({"no_place", "not_acknowledged", "to_close"})
#: The order in which a response is summed up: what still wants telling first.
SUMMED = (
    (AssignmentState.CONFIRMED, "alerted"),
    (AssignmentState.ALERTED, "alerted"),
    (AssignmentState.ACKNOWLEDGED, "acknowledged"),
    (AssignmentState.EN_ROUTE, "en_route"),
    (AssignmentState.STAGING, "staging"),
    (AssignmentState.ON_SCENE, "on_scene"),
    (AssignmentState.AT_PATIENT, "on_scene"),
    (AssignmentState.LEAVING, "transporting"),
    (AssignmentState.AT_HOSPITAL, "at_hospital"),
    (AssignmentState.HANDED_OVER, "at_hospital"),
)


@dataclass(frozen=True)
class TargetLine:
    """A limit that runs: what is to happen, when it began and how long it may take.

    `stopped_us` is set once it was met (or missed) for good.
    """

    verb: str
    started_us: int
    limit_s: float
    stopped_us: int | None

    def used(self, now_us: int) -> float:
        """The share of the limit that is gone."""
        return self._spent_s(now_us) / self.limit_s if self.limit_s else 1.0

    def is_late(self, now_us: int) -> bool:
        """Whether the limit is, or was, passed."""
        return self._spent_s(now_us) > self.limit_s

    def text(self, context: PanelContext, now_us: int) -> str:
        """ "send within 0:19", "late 0:34", "arrive 8:08 left", "on time"."""
        left_s = self.limit_s - self._spent_s(now_us)
        if left_s < 0:
            word = "queue.late" if self.stopped_us is None else "queue.was_late"
            return context.say(word, time=span(left_s))
        if self.stopped_us is not None:
            return context.say("queue.reason.on_time")
        return context.say(f"queue.target.{self.verb}", time=span(left_s))

    def _spent_s(self, now_us: int) -> float:
        until = now_us if self.stopped_us is None else self.stopped_us
        return max(0.0, (until - self.started_us) / 1e6)


@dataclass(frozen=True)
class Line:
    """One line: `kind` is "group", "incident", "call" or "empty"; `key` stays while it lives.

    Two lines are equal when they look the same but for what ticks.
    """

    kind: str
    key: str
    title: str = ""
    aside: str = ""
    rank: int | None = None
    address: str = ""
    pressing: str = ""
    facts: str = ""
    units: str = ""
    since_us: int = 0
    target: TargetLine | None = None
    reason: str = ""
    ringing: bool = False
    loud_us: int | None = None
    """From when on what presses is late: a crew that has not answered."""


def lines_of(context: PanelContext, queue: Queue) -> list[Line]:
    """Every line of the queue as it stands: calls in hand, then the three groups."""
    lines = _call_lines(context)
    say = context.say
    groups = (
        ("needs_units", queue.needs_units),
        ("under_way", queue.under_way),
        ("call_backs", queue.call_backs),
    )
    for name, rows in groups:
        aside = say("queue.ordered", n=len(rows)) if name == "needs_units" and rows else None
        title = say(f"queue.group.{name}")
        lines.append(Line("group", f"g:{name}", title, aside or str(len(rows))))
        lines.extend(incident_line(context, row, name) for row in rows)
        if name == "needs_units" and not rows:
            nothing = not queue.rows() and not context.board.ringing()
            text = say("queue.empty_all" if nothing else "queue.empty", key=_take_key(context))
            lines.append(Line("empty", "e:needs_units", text))
    return lines


def _take_key(context: PanelContext) -> str:
    return context.commands.key_text("call.take")


MAX_CALLS = 5
"""Ringing calls shown before the rest is counted: the work under them must stay in sight."""
MAX_HUNG_UP = 3


def _call_lines(context: PanelContext) -> list[Line]:
    say = context.say
    ringing, hung_up = context.board.ringing(), context.board.hung_up()
    drafts = context.board.drafts()
    count = len(ringing) + len(hung_up) + len(drafts)
    if not count:
        return []
    lines = [Line("group", "g:calls", say("queue.group.calls"), str(count))]
    lines += [_call_line(context, call) for call in drafts]
    lines += [_call_line(context, call) for call in ringing[:MAX_CALLS]]
    lines += [_call_line(context, call) for call in hung_up[:MAX_HUNG_UP]]
    rest = max(0, len(ringing) - MAX_CALLS) + max(0, len(hung_up) - MAX_HUNG_UP)
    if rest:
        lines.append(Line("empty", "e:calls", say("queue.more_calls", n=rest)))
    return lines


def _call_line(context: PanelContext, call: Call) -> Line:
    say = context.say
    in_hand = call.state is CallState.OPEN
    if in_hand:
        word, fact = "queue.call.in_hand", _by(context, call)
    elif call.state is CallState.RINGING:
        word, fact = "queue.call.rings", say("queue.call.take", key=_take_key(context))
    else:
        word, fact = "queue.call.hung_up", say("queue.call.ring_back")
    return Line(
        "call",
        f"c:{call.call_id}",
        say(word),
        address=_where_from(context, call),
        facts=fact,
        since_us=call.received_us if not in_hand else call.answered_us or call.received_us,
        ringing=not in_hand,
    )


def _where_from(context: PanelContext, call: Call) -> str:
    """Where the line says it rings from, near which address, else which line it is."""
    line = line_name(context, call) or context.plain(call.number)
    near = PlaceNames.of(context).name(call.where) if call.where is not None else ""
    return f"{near} · {line}" if near else line


LINES = ("mobile", "landline", "recorded")


def line_name(context: PanelContext, call: Call) -> str:
    """The line a call came on: in words where it is of a known kind, else as the exchange says."""
    return context.say(f"queue.line.{call.line}") if call.line in LINES else call.line


def _by(context: PanelContext, call: Call) -> str:
    return initials(person_name(context, call.answered_by)) if call.answered_by else ""


def person_name(context: PanelContext, user_id: str) -> str:
    """The name of somebody at a desk; the user id of somebody who has left."""
    for signed in context.board.picture.staff.values():
        if signed.user_id == user_id:
            return signed.name
    return user_id


def type_name(context: PanelContext, type_id: str) -> str:
    """The name of a call type, or that it is not known yet."""
    return context.say(f"questions.type.{type_id}" if type_id else "queue.no_type")


def incident_line(context: PanelContext, row: QueueRow, group: str) -> Line:
    """An incident's line; `group` is "needs_units", "under_way" or "call_backs"."""
    incident, say = row.incident, context.say
    place = incident.place
    address = place.label or context.plain(place.typed) or say("queue.no_place")
    flat = context.plain(place.flat)
    if flat:
        address = say("queue.with_flat", address=address, flat=flat)
    reason = say(row.reason)
    short = _shortfall(context, row)
    pressing = reason if row.reason.id.rpartition(".")[2] in PRESSING else short
    facts = [incident.number_text]
    callers = len(incident.call_ids)
    if callers > 1:
        facts.append(say("queue.callers", n=callers))
    if group == "under_way":
        facts.append(response(context, row.assignments))
    elif group == "call_backs" and incident.callback_due_us is not None:
        due = clock_text(incident.callback_due_us, context.time_zone)
        facts.append(say("queue.call_back_due", time=due))
    elif place.point is not None:
        facts.append(say(f"queue.place.{place.state.value}"))
    if incident.owner:
        facts.append(initials(person_name(context, incident.owner)))
    return Line(
        "incident",
        f"i:{incident.incident_id}",
        type_name(context, incident.type_id),
        rank=row.level.rank if row.level is not None else None,
        address=address,
        pressing=pressing,
        facts=" · ".join(fact for fact in facts if fact),
        units=_units(context, row),
        since_us=begun_us(context.board.picture, incident),
        target=_target(row),
        reason=reason,
        loud_us=_loud_us(context, row),
    )


def _loud_us(context: PanelContext, row: QueueRow) -> int | None:
    untold = [a.confirmed_us for a in row.assignments if a.is_open and not a.state.is_told]
    return min(untold) + round(acknowledge_limit_s(context) * 1e6) if untold else None


def _units(context: PanelContext, row: QueueRow) -> str:
    if row.incident.no_unit_needed:
        return context.say("queue.units_none_needed")
    if row.units_needed is None:
        return context.say("queue.units", n=row.units_confirmed)
    # A run card counts what is still open; a person may have sent more than it asks for.
    needed = max(row.units_needed, row.units_confirmed)
    return context.say("queue.units_of", n=needed, sent=row.units_confirmed)


def _shortfall(context: PanelContext, row: QueueRow) -> str:
    if row.incident.first_on_scene_us is not None:
        return ""
    advised = context.board.recommendation(row.incident.incident_id)
    plan = advised.plan() if advised is not None else None
    if plan is None or not plan.shortfalls:
        return ""
    return context.say("queue.short_of", what=context.say(plan.shortfalls[0].label))


def _target(row: QueueRow) -> TargetLine | None:
    state = row.target
    if state is None or state.started_us is None or row.incident.no_unit_needed:
        return None
    verb = {"confirmed": "send", "alerted": "send", "on_scene": "arrive"}.get(
        state.target.stop, "left"
    )
    return TargetLine(verb, state.started_us, state.target.limit_s, state.stopped_us)


def response(context: PanelContext, assignments: tuple[Assignment, ...]) -> str:
    """What the units of an incident do, summed up: "en route 2, on scene 2"."""
    counted: Counter[str] = Counter()
    words = dict(SUMMED)
    for held in assignments:
        if held.is_open:
            counted[words[held.state]] += 1
    order = list(dict.fromkeys(word for _, word in SUMMED))
    return ", ".join(
        f"{context.say(f'queue.response.{word}')} {counted[word]}"
        for word in order
        if counted[word]
    )
