"""Every colour by what it means: one theme file serves widgets and map alike.

A theme is a TOML file in `resources/themes/`; nothing else in the program names a colour. Values
are `#rrggbb`, ready for `QColor(theme.ui.text)`; this module itself needs no Qt.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Annotated

import msgspec

from dispatch.domain.message import Problem
from dispatch.resources import resource

THEMES = ("dark", "light")
MAX_THEME_BYTES = 100_000

Colour = Annotated[str, msgspec.Meta(pattern="^#[0-9a-f]{6}$")]


class UiColours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The colours of windows, docks, tables and forms."""

    surface: Colour
    panel: Colour
    raised: Colour
    hover: Colour
    selected: Colour
    attention: Colour
    hairline: Colour
    outline: Colour
    control: Colour
    track: Colour
    text: Colour
    text_strong: Colour
    text_dim: Colour
    text_faint: Colour
    bar: Colour
    accent: Colour
    accent_ink: Colour
    accent_text: Colour
    focus: Colour
    late: Colour
    late_text: Colour
    late_fill: Colour
    late_ink: Colour
    good: Colour
    alarm: Colour
    error_fill: Colour
    error_text: Colour
    ai: Colour
    ai_fill: Colour


class MapColours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The colours of the base map and of what lives on it (levels and states apart)."""

    background: Colour
    land: Colour
    water: Colour
    water_line: Colour
    green: Colour
    wood: Colour
    built: Colour
    industry: Colour
    campus: Colour
    sand: Colour
    pitch: Colour
    airport: Colour
    pier: Colour
    building: Colour
    building_line: Colour
    rail: Colour
    rail_dash: Colour
    boundary: Colour
    casing: Colour
    bridge_casing: Colour
    tunnel: Colour
    motorway: Colour
    trunk: Colour
    primary: Colour
    secondary: Colour
    tertiary: Colour
    residential: Colour
    service: Colour
    path: Colour
    arrow: Colour
    label: Colour
    label_minor: Colour
    label_place: Colour
    label_water: Colour
    label_green: Colour
    label_number: Colour
    label_district: Colour
    label_rail: Colour
    mark: Colour
    mark_water: Colour
    halo: Colour
    route: Colour
    route_casing: Colour
    route_alternative: Colour
    pill: Colour
    pill_line: Colour
    pill_ink: Colour
    pill_dim: Colour
    symbol_line: Colour
    selection: Colour
    accuracy_fill: Colour
    accuracy_line: Colour
    station: Colour
    hospital: Colour
    cluster: Colour
    cluster_line: Colour
    cluster_ink: Colour


class LayerColours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The colours of layers that a person lays over the map; none of them means a level, lateness
    or a unit's state."""

    reach: Colour
    reach_line: Colour
    covered: Colour
    uncovered: Colour
    area_line: Colour
    area_label: Colour
    hydrant: Colour
    hydrant_poor: Colour
    hazard: Colour
    closure: Colour
    closure_ink: Colour


class LevelColours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One severity level: the shape's fill, the digit's ink, the line round the shape."""

    fill: Colour
    ink: Colour
    line: Colour


class ModeColours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What tells live, exercise and replay apart: window frame, badge and its ink."""

    frame: Colour
    badge: Colour
    ink: Colour


class Modes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    live: ModeColours
    exercise: ModeColours
    replay: ModeColours


class Theme(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole theme, as one TOML file holds it."""

    format: int
    name: str
    dark: bool
    ui: UiColours
    modes: Modes
    levels: dict[str, LevelColours]
    states: dict[str, Colour]
    map: MapColours
    layers: LayerColours

    def level(self, rank: int) -> LevelColours:
        """The colours of level 1 (gravest) to 5."""
        return self.levels[str(rank)]

    def state(self, state: str) -> str:
        """The ink of a unit state; an unknown state reads as out of service."""
        return self.states.get(state, self.states["out_of_service"])

    def mode(self, realm: str) -> ModeColours:
        """The frame of "live", "exercise" or "replay"."""
        return {"live": self.modes.live, "replay": self.modes.replay}.get(
            realm, self.modes.exercise
        )


@cache
def load_theme(name: str) -> Theme:
    """The shipped theme "dark" or "light". Raises `Problem` for an unknown or broken one."""
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,30}", name):
        raise Problem("map.theme_unknown", name=name)
    return read_theme(resource("themes", f"{name}.toml"))


def read_theme(path: Path) -> Theme:
    """A theme from a file: typed, complete, and every level from 1 to 5 present."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Problem("map.theme_unknown", name=path.stem, file=str(path)) from error
    if len(data) > MAX_THEME_BYTES:
        raise Problem("map.theme_broken", file=str(path), what=f"> {MAX_THEME_BYTES} bytes")
    try:
        theme = msgspec.toml.decode(data, type=Theme)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem("map.theme_broken", file=str(path), what=str(error)) from error
    missing = {"1", "2", "3", "4", "5"} - theme.levels.keys()
    if missing or "out_of_service" not in theme.states:
        what = ", ".join(sorted(missing)) or "states.out_of_service"
        raise Problem("map.theme_broken", file=str(path), what=what)
    return theme


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb`, 0 to 1 (WCAG 2.2, "relative luminance")."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def mix(one: str, other: str, share: float) -> str:
    """`one` with `share` (0 to 1) of `other` mixed in; for fading without transparency."""
    parts = (
        round(int(one[i : i + 2], 16) * (1 - share) + int(other[i : i + 2], 16) * share)
        for i in (1, 3, 5)
    )
    return "#" + "".join(f"{part:02x}" for part in parts)


TEXT_CONTRAST = 4.5
GRAPHIC_CONTRAST = 3.0


def text_pairs(theme: Theme) -> list[tuple[str, str, str]]:
    """(what, ink, ground) of every pair in which words are read; each at least 4.5:1."""
    ui, land = theme.ui, theme.map
    pairs = [
        (f"{ink} on {ground}", getattr(ui, ink), getattr(ui, ground))
        for ink in (
            "text",
            "text_strong",
            "text_dim",
            "text_faint",
            "accent_text",
            "late_text",
            "ai",
        )
        for ground in ("surface", "panel", "raised", "hover", "selected")
    ]
    pairs += [
        ("text on attention", ui.text, ui.attention),
        ("text_dim on attention", ui.text_dim, ui.attention),
        ("accent_ink on accent", ui.accent_ink, ui.accent),
        ("late_ink on late_fill", ui.late_ink, ui.late_fill),
        ("error_text on error_fill", ui.error_text, ui.error_fill),
        ("good on panel", ui.good, ui.panel),
        ("alarm on panel", ui.alarm, ui.panel),
        ("ai on ai_fill", ui.ai, ui.ai_fill),
        ("pill_ink on pill", land.pill_ink, land.pill),
        ("pill_dim on pill", land.pill_dim, land.pill),
        ("cluster_ink on cluster", land.cluster_ink, land.cluster),
    ]
    for ink in (
        "label",
        "label_minor",
        "label_place",
        "label_water",
        "label_green",
        "label_number",
    ):
        pairs.append((f"map {ink} on halo", getattr(land, ink), land.halo))
    pairs += [
        ("reach_line words on halo", theme.layers.reach_line, land.halo),
        ("area_label on halo", theme.layers.area_label, land.halo),
        ("label on land", land.label, land.land),
        ("label_minor on land", land.label_minor, land.land),
    ]
    for rank, level in theme.levels.items():
        pairs.append((f"level {rank} digit", level.ink, level.fill))
    for name in ("live", "exercise", "replay"):
        mode = theme.mode(name)
        pairs.append((f"{name} badge", mode.ink, mode.badge))
    return pairs


def graphic_pairs(theme: Theme) -> list[tuple[str, str, str]]:
    """(what, graphic, ground) of every mark that carries meaning; each at least 3:1."""
    ui, land = theme.ui, theme.map
    pairs = [
        (f"{mark} on {ground}", getattr(ui, mark), getattr(ui, ground))
        for mark in ("focus", "late", "control", "bar", "good", "accent")
        for ground in ("panel", "surface")
    ]
    pairs += [
        ("route on land", land.route, land.land),
        ("route_alternative on land", land.route_alternative, land.land),
        ("selection on land", land.selection, land.land),
        ("late ring on land", ui.late, land.land),
        ("accuracy_line on land", land.accuracy_line, land.land),
        ("station on land", land.station, land.land),
        ("hospital on land", land.hospital, land.land),
        ("cluster_line on land", land.cluster_line, land.land),
        ("reach_line on land", theme.layers.reach_line, land.land),
        ("uncovered on land", theme.layers.uncovered, land.land),
        ("area_line on land", theme.layers.area_line, land.land),
        ("hydrant on land", theme.layers.hydrant, land.land),
        ("hydrant_poor on land", theme.layers.hydrant_poor, land.land),
        ("hazard on land", theme.layers.hazard, land.land),
        ("closure on land", theme.layers.closure, land.land),
        ("closure_ink on closure", theme.layers.closure_ink, theme.layers.closure),
    ]
    for rank, level in theme.levels.items():
        pairs += [
            (f"level {rank} on panel", level.line, ui.panel),
            (f"level {rank} on selected", level.line, ui.selected),
            (f"level {rank} on land", level.line, land.land),
        ]
    for state, ink in theme.states.items():
        pairs += [
            (f"{state} on panel", ink, ui.panel),
            (f"{state} on selected", ink, ui.selected),
            (f"{state} on pill", ink, land.pill),
        ]
    for name in ("exercise", "replay"):
        pairs.append((f"{name} frame on surface", theme.mode(name).frame, ui.surface))
    return pairs
