"""Cover: where people live whom no free unit would reach within the target, and how many are
covered, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from dispatch.advice import messages as m
from dispatch.domain.message import Message
from dispatch.domain.picture import Change
from dispatch.domain.unit import Unit
from dispatch.recommend.cover import CoverRule, counts_as_cover, rules_of
from ui.map.bands import Hatch
from ui.map.field import Colouring
from ui.map.view import MapView
from ui.map_parts.computed import ComputedLayer, clock
from ui.map_parts.part import LegendBlock, LegendLine, Option, Switch
from ui.panel import PanelContext

LIMITS_S = (240.0, 360.0, 480.0, 600.0, 720.0, 900.0)
"""Limits offered beside the agency's own."""
INSIDE_ALPHA = 0.35
"""Of its swatch: stronger than on the map, where it has room."""
NAMED = 3
"""Districts named as worst off."""


class CoverPart(ComputedLayer):
    """The cover layer."""

    layer = "cover"

    def __init__(self, view: MapView, context: PanelContext, owner: QObject) -> None:
        super().__init__(view, context, owner)
        agency = context.agency
        services = agency.services if agency is not None else ()
        self.rules = rules_of(context.board.targets, services)
        self.rule: CoverRule | None = self.rules[0] if self.rules else None
        self._found: m.CoverFound | None = None
        self._free = 0
        panel = owner if isinstance(owner, QWidget) else None
        bind = context.commands.bind
        bind("map.cover", lambda: self.turn(not self.on), owner=panel, enabled=self._can)
        bind("map.cover_service", self._next_service, owner=panel, enabled=self._can)

    # -- choosing ------------------------------------------------------------------------------

    @property
    def found(self) -> m.CoverFound | None:
        """The newest answer, None before the first and when no unit is free."""
        return self._found

    def _can(self) -> bool | Message:
        return self.rule is not None or Message("maplayers.cover.no_service")

    def _next_service(self) -> None:
        """The next service; turns the layer on when it was off."""
        if not self.on or self.rule is None:
            self.turn(True)
            return
        services = [rule.service for rule in self.rules]
        self.choose(self.rules[(services.index(self.rule.service) + 1) % len(services)])

    def choose(self, rule: CoverRule) -> None:
        """Whose cover, within what."""
        self.rule = rule
        self._found = None
        if self.on:
            self.overlay.set_colouring(self._colouring())
            self.ask_anew()

    def switches(self) -> Sequence[Switch]:
        return (
            Switch(
                "cover",
                "maplayers.cover",
                lambda: self.on,
                self.turn,
                why_not=lambda: None if self.rule else Message("maplayers.cover.no_service"),
                command_id="map.cover",
                group="maplayers.group.time",
                options=self._options,
            ),
        )

    def _options(self) -> Sequence[Option]:
        rule = self.rule
        if rule is None:
            return ()

        def take(other: CoverRule) -> Callable[[], None]:
            return lambda: self.choose(other)

        services = [
            Option(
                "service",
                other.service,
                Message(f"maplayers.service.{other.service}"),
                other.service == rule.service,
                take(other),
            )
            for other in self.rules
        ]
        own = next(other for other in self.rules if other.service == rule.service)
        limits = sorted({own.limit_s, *LIMITS_S})
        offered = [
            Option(
                "limit",
                str(round(limit)),
                Message("maplayers.minutes", {"n": clock(limit).removesuffix(":00")}),
                limit == rule.limit_s,
                take(own if limit == own.limit_s else CoverRule(own.service, limit, own.rolling)),
            )
            for limit in limits
        ]
        return [*(services if len(services) > 1 else ()), *offered]

    # -- asking --------------------------------------------------------------------------------

    def _counts(self, unit: Unit) -> bool:
        return (
            self.rule is not None
            and unit.state.is_available
            and unit.assignment_id is None
            and counts_as_cover(self.rule.service, unit.service, unit.capabilities)
        )

    def _request(self, key: str) -> m.AskCover | None:
        if self.rule is None:
            return None
        units = self.context.board.picture.units.values()
        starters = self._starters(unit for unit in units if self._counts(unit))
        self._free = len(starters)
        return m.AskCover(
            key=key,
            layer=self._asked_layer,
            limit_s=self.rule.limit_s,
            rolling=self.rule.rolling,
            as_of_us=self.context.clock.now_us(),
            starters=starters,
        )

    def _makes_old(self, change: Change) -> bool:
        if change.noun != "unit" or self.rule is None:
            return False
        unit = self.context.board.unit(change.id)
        return unit is None or unit.service == self.rule.service

    def _take(self, answer: m.ReachFound | m.CoverFound) -> None:
        if isinstance(answer, m.CoverFound) and self.rule is not None:
            self._found = answer
            self._show(answer.field, (), ())

    def _nothing(self) -> None:
        self._found = None
        self._show(None, (), ())

    def _colouring(self) -> Colouring:
        theme = self.context.theme
        inks = theme.layers
        limit_s = self.rule.limit_s if self.rule is not None else 0.0
        return Hatch(limit_s, inks.covered, inks.uncovered, dark=theme.dark)

    # -- saying --------------------------------------------------------------------------------

    def legend(self) -> Sequence[LegendBlock]:
        if not self.on:
            return ()
        say, rule, found = self.context.say, self.rule, self._found
        if rule is None:
            none = LegendLine(say("maplayers.cover.no_service"))
            return (LegendBlock(say("maplayers.cover"), (none,)),)
        service = say(f"maplayers.service.{rule.service}")
        status = self._status()
        if found is None:
            wait = status or (LegendLine(say("maplayers.computing"), dim=True),)
            return (LegendBlock(say("maplayers.cover.title", service=service), wait),)
        percent = share_words(found.share)
        title = say(
            f"maplayers.cover.share_{rule.service}", percent=percent, limit=clock(rule.limit_s)
        )
        lines = [*status]
        if not self._free:
            lines.append(LegendLine(say("maplayers.none_free")))
        worst = [
            say("maplayers.cover.district", name=self._name(one), percent=share_words(one.share))
            for one in found.worst[:NAMED]
        ]
        if worst:
            lines.append(LegendLine(say("maplayers.cover.worst", districts=", ".join(worst))))
        inks = self.context.theme.layers
        lines.append(LegendLine(say("maplayers.cover.beyond"), "hatch", inks.uncovered))
        inside = say("maplayers.cover.inside")
        lines.append(LegendLine(inside, "tint", inks.covered, INSIDE_ALPHA))
        counted = "maplayers.cover.rolling" if rule.rolling else "maplayers.cover.sent"
        source = say(f"maplayers.people.{found.source}")
        lines.append(LegendLine(say(counted), dim=True))
        lines.append(LegendLine(source, dim=True))
        return (LegendBlock(f"{service}: {title}", tuple(lines)),)

    def _name(self, district: m.DistrictCover) -> str:
        names = district.names
        language = self.context.language
        return names.get(language) or names.get("") or names.get("ref", "")


def share_words(share: float) -> int:
    """Whole percent that never claims all or nothing where it is not."""
    percent = round(100 * share)
    if percent == 100 and share < 0.9995:
        return 99
    return 1 if percent == 0 and share > 0.0005 else percent
