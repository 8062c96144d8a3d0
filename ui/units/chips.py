"""The filter chips over the unit board: a state each with its icon, its word and how many."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from dispatch.domain.unit import UnitState
from ui.commands.key_filter import KEPT_PROPERTY
from ui.panel import PanelContext
from ui.theme.fonts import Size, font
from ui.theme.icons import icon_pixmap
from ui.units.rows import Row
from ui.units.wording import Wording

ICON = 12
GAP = 6
EDGES = 24
"""What the style sheet adds to a chip's text at its sides."""


@dataclass(frozen=True)
class Form:
    """How chips are worded: "whole", "short" (the agency's abbreviations) or "icons".

    `empty`: chips without units stand too; `empty_words`: and have words.
    """

    words: str
    empty: bool = False
    empty_words: bool = False


BREVITIES = (
    Form("whole", empty=True, empty_words=True),
    Form("whole", empty=True),
    Form("short", empty=True),
    Form("whole"),
    Form("short"),
    Form("icons"),
)
"""From the longest to the shortest; the first that fits is taken."""
LAST = len(BREVITIES) - 1


@dataclass(frozen=True)
class Group:
    """A chip: which states it shows. `icon` is also the state whose abbreviation it bears."""

    group_id: str
    states: frozenset[UnitState]
    icon: str = ""


def _of(group_id: str, *states: UnitState) -> Group:
    return Group(group_id, frozenset(states), states[0].value)


S = UnitState
ALL = Group("all", frozenset(S))
OLD = Group("old", frozenset(S))
"""Units whose position is older than the agency allows."""
GROUPS: tuple[Group, ...] = (
    ALL,
    _of("available", S.AVAILABLE_ON_AIR, S.AVAILABLE_AT_STATION, S.RETURNING),
    _of("assigned", S.ASSIGNED),
    _of("en_route", S.EN_ROUTE, S.STAGING),
    _of("on_scene", S.ON_SCENE),
    _of("transporting", S.TRANSPORTING),
    _of("at_hospital", S.AT_HOSPITAL),
    _of("on_break", S.ON_BREAK),
    _of("out_of_service", S.OUT_OF_SERVICE),
    _of("off_duty", S.OFF_DUTY),
    OLD,
)


def counts_of(rows: Sequence[Row], is_old: Callable[[Row], bool]) -> dict[str, int]:
    """How many units each group has."""
    by_state = dict.fromkeys(S, 0)
    old = 0
    for row in rows:
        by_state[row.unit.state] += 1
        old += is_old(row)
    counts = {group.group_id: sum(by_state[state] for state in group.states) for group in GROUPS}
    counts[OLD.group_id] = old
    return counts


class ChipRow(QWidget):
    """One chip is on at a time; a press on it goes back to all.

    Where the row is too narrow the words grow shorter and chips without units go.
    """

    chosen = Signal(object)
    """The `Group` a person picked."""

    def __init__(self, context: PanelContext, wording: Wording, parent: QWidget) -> None:
        super().__init__(parent)
        self._context, self._wording = context, wording
        self.group = ALL
        self._counts: dict[str, int] = {}
        self.chips: dict[str, QPushButton] = {}
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(GAP)
        for group in GROUPS:
            chip = QPushButton(self)
            chip.setProperty("look", "chip")
            chip.setProperty(KEPT_PROPERTY, "Space")
            chip.setCheckable(True)
            chip.setChecked(group is ALL)
            chip.setFont(font(Size.BODY))
            chip.setIconSize(QSize(ICON, ICON))
            chip.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            chip.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            chip.clicked.connect(
                lambda _=False, g=group: self.choose(ALL if g is self.group else g)
            )
            self.chips[group.group_id] = chip
            line.addWidget(chip)
        line.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    # -- choosing ------------------------------------------------------------------------------

    def choose(self, group: Group) -> None:
        """Show the units of a group."""
        self.group = group
        for each in GROUPS:
            self.chips[each.group_id].setChecked(each is group)
        self._fit()
        self.chosen.emit(group)

    def step(self, by: int) -> None:
        """The next group that has units, or the one before."""
        filled = [g for g in GROUPS if g is ALL or g is self.group or self._counts.get(g.group_id)]
        self.choose(filled[(filled.index(self.group) + by) % len(filled)])

    # -- showing -------------------------------------------------------------------------------

    def set_counts(self, counts: Mapping[str, int]) -> None:
        """Other numbers; chips whose number stands are left alone."""
        if dict(counts) != self._counts:
            self._counts = dict(counts)
            self._fit()

    def renew(self) -> None:
        """Words and icons anew (language, theme)."""
        for group in GROUPS:
            chip = self.chips[group.group_id]
            if group.icon:
                ratio = self.devicePixelRatioF()
                ink = self._context.theme.state(group.icon)
                chip.setIcon(QIcon(icon_pixmap(group.icon, ICON, ink, ratio)))
        self._fit()

    def _text(self, group: Group, brevity: int) -> str:
        """What a chip says at a brevity (see `BREVITIES`)."""
        form = BREVITIES[brevity]
        count = self._counts.get(group.group_id, 0)
        word = self._context.say(f"units.group.{group.group_id}")
        if group.icon and (form.words == "icons" or not (count or form.empty_words)):
            word = ""
        elif group.group_id == "available" and form.words == "short":
            word = self._context.say("units.group.available_short")
        elif group.icon and form.words == "short":
            word = self._wording.abbreviation(group.icon) or word
        elif group is OLD and brevity:
            word = "?" if form.words == "icons" else self._context.say("units.group.old_short")
        elif group is ALL and form.words == "icons":
            word = ""
        return f"{word} {count}".strip()

    def _shows(self, group: Group, brevity: int) -> bool:
        """Whether a chip stands at a brevity."""
        needed = group in (ALL, self.group) or bool(self._counts.get(group.group_id))
        return needed or BREVITIES[brevity].empty

    def _wide(self, brevity: int) -> int:
        """How wide the row would be, in pixels."""
        metrics = self.chips[ALL.group_id].fontMetrics()
        return sum(
            metrics.horizontalAdvance(self._text(group, brevity))
            + EDGES + GAP + (ICON + 4 if group.icon else 0)
            for group in GROUPS
            if self._shows(group, brevity)
        )  # fmt: skip

    def _fit(self) -> None:
        """The longest words that fit."""
        brevity = next((n for n in range(LAST) if self._wide(n) <= self.width()), LAST)
        for group in GROUPS:
            chip, text = self.chips[group.group_id], self._text(group, brevity)
            chip.setEnabled(self._shows(group, LAST))
            chip.setVisible(self._shows(group, brevity))
            if chip.text() != text:
                chip.setText(text)
            whole = self._text(group, 0)
            if chip.accessibleName() != whole:
                chip.setAccessibleName(whole)
                chip.setToolTip(self._context.say("units.chip_tip", group=whole))
        layout = self.layout()
        if layout is not None:  # else the next picture shows chips of the size before
            layout.activate()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorter words where it is narrow."""
        super().resizeEvent(event)
        self._fit()

    def minimumSizeHint(self) -> QSize:
        """The row gives way; its words grow shorter."""
        return QSize(120, super().minimumSizeHint().height())
