"""The crossings of a typed closure, found by name: two points, or a question which was meant."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo

from dispatch.domain.message import Message
from dispatch.region.gazetteer import Match
from ui.commands.closing_line import Closing, minutes_of
from ui.commands.line import Ask, Parsed, Ready
from ui.map.geodesy import inverse
from ui.map_parts.closure_words import End, minute_of, next_time_us
from ui.panel import PanelContext

#: Under this a crossing is only like what was said.
SURE = 0.75
#: Two crossings of one closure lie no farther apart than this.
FAR_M = 12_000.0
SHOWN = 6

Pair = tuple[Match, Match]


class StreetFinder:
    """Asks the gazetteer; ambiguity is asked back, never guessed by nearness to a view."""

    def __init__(self, context: PanelContext) -> None:
        self._context = context
        self._search = lru_cache(maxsize=64)(self._searched)

    def resolved(self, parsed: Parsed, line: str) -> Parsed:
        """A line that closes a street with its two places, or what has to be asked; other lines
        as they are."""
        if not isinstance(parsed, Ready) or parsed.verb != "close" or parsed.closing is None:
            return parsed
        closing, language = parsed.closing, self._context.language
        if self._context.gazetteer is None:
            return Ask(Message("commands.line.close_not_yet"), known=False)
        for cross in (closing.first, closing.second):
            if not self._search(f"{closing.street} & {cross}", language):
                values = {"street": closing.street, "cross": cross}
                return Ask(Message("commands.line.close_no_crossing", {**values}), known=False)
        pairs = self._pairs(closing, language)
        if not pairs:
            values = {"street": closing.street}
            return Ask(Message("commands.line.close_apart", {**values}), known=False)
        if len(pairs) > 1:
            return self._ask(closing, line, pairs)
        a, b = pairs[0]
        return Ready(
            "close",
            text=_street(a.label, closing.street),
            closing=closing,
            points=((a.lon, a.lat), (b.lon, b.lat)),
        )

    def _searched(self, text: str, language: str) -> tuple[Match, ...]:
        gazetteer = self._context.gazetteer
        found = gazetteer.search(text, language, limit=16) if gazetteer is not None else []
        sure = [match for match in found if match.kind == "crossing" and match.score >= SURE]
        best = max((match.score for match in sure), default=0.0)
        return tuple(match for match in sure if match.score >= best - 0.05)

    def _pairs(self, closing: Closing, language: str) -> list[Pair]:
        """One pair for each street it may be: the two crossings that lie nearest together."""
        firsts = self._search(f"{closing.street} & {closing.first}", language)
        seconds = self._search(f"{closing.street} & {closing.second}", language)
        best: dict[tuple[str, str], tuple[float, Pair]] = {}
        for a in firsts:
            for b in seconds:
                apart = inverse((a.lon, a.lat), (b.lon, b.lat))[0]
                street = _street(a.label, closing.street)
                if apart > FAR_M or street != _street(b.label, closing.street):
                    continue
                key = (street, a.settlement)
                if key not in best or apart < best[key][0]:
                    best[key] = (apart, (a, b))
        return [pair for _, pair in sorted(best.values(), key=lambda each: each[0])]

    def _ask(self, closing: Closing, line: str, pairs: list[Pair]) -> Ask:
        begin = line.casefold().find(closing.street.casefold())
        stem = line[: max(0, begin)]
        lines = []
        for a, _ in pairs[:SHOWN]:
            street = _street(a.label, closing.street)
            place = f"{street}, {a.settlement}" if a.settlement else street
            lines.append(f"{stem}{place}{closing.tail}")
        message = Message("commands.line.several", {"word": closing.street})
        return Ask(message, lines=tuple(dict.fromkeys(lines)))

    def end_of(self, closing: Closing) -> End:
        """When it ends, from now."""
        context = self._context
        now_us = context.clock.now_us()
        if closing.until == "reopened":
            return End(None, reopened=True)
        minutes = minutes_of(closing.until)
        if minutes is not None:
            return End(now_us + minutes * 60_000_000)
        minute = minute_of(closing.until) or 0
        return End(next_time_us(now_us, ZoneInfo(context.time_zone), minute))


def _street(label: str, typed: str) -> str:
    """The first street of a crossing's label."""
    street, found, _ = label.partition(" / ")
    return street if found else typed
