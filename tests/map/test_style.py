"""The map's style is data: whoever restyles it is told file, line and field of a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.domain.message import Problem
from dispatch.region.schema import AREA_KINDS, EDGE_CLASSES, LINE_KINDS, PLACE_KINDS
from dispatch.resources import resource
from ui.map.tiles.style import check_names, load_style, read_style
from ui.theme.tokens import THEMES, contrast, load_theme, mix

LISTS = {
    "road": EDGE_CLASSES,
    "area": AREA_KINDS,
    "line": LINE_KINDS,
    "place": PLACE_KINDS,
    "boundary": ["settlement", "district"],
}
#: Words that are read at a glance, and what they stand on when the halo is let through.
LABELS = (
    "label",
    "label_minor",
    "label_place",
    "label_water",
    "label_green",
    "label_district",
    "label_rail",
    "label_number",
)
GROUNDS = ("land", "built", "industry", "campus", "building", "residential", "green", "water")


def changed(tmp_path: Path, old: str, new: str) -> tuple[Path, int]:
    """The shipped style with one change, and the line of the change."""
    text = resource("themes", "map.toml").read_text("utf-8")
    assert text.count(old) >= 1
    path = tmp_path / "map.toml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path, text[: text.index(old)].count("\n") + 1 + old[: len(old)].count("\n")


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('name = "tertiary"\nmain = true', 'name = "tertiary"\nmain = "yes"', "main"),
        ('kinds = ["river"]\ncolour = "water"', 'kinds = ["river"]\ncolour = "wet"', "colour"),
        ("shield_px = 9.5", 'shield_px = "small"', "shield_px"),
        ('kinds = ["canal"]\ncolour = "water"', 'kinds = ["canal"]\ncolour = 7', "colour"),
    ],
)
def test_that_a_wrong_value_is_named_with_file_line_and_field(
    tmp_path: Path, old: str, new: str, field: str
) -> None:
    path, line = changed(tmp_path, old, new)
    with pytest.raises(Problem) as caught:
        read_style(path)
    values = caught.value.message.values
    assert caught.value.message.id == "map.style_broken"
    assert values["file"] == str(path)
    assert f"line {line}," in str(values["what"]) and field in str(values["what"])


def test_that_an_unknown_field_and_torn_toml_are_told(tmp_path: Path) -> None:
    for old, new in (("shield_px = 9.5", "shield_pixels = 9.5"), ("[labels]", "[labels")):
        path, _ = changed(tmp_path, old, new)
        with pytest.raises(Problem) as caught:
            read_style(path)
        assert "line" in str(caught.value.message.values["what"])


def test_that_falling_stops_are_refused(tmp_path: Path) -> None:
    path, line = changed(tmp_path, "width = [[9, 0.8], [13, 2.5]", "width = [[9, 0.8], [8, 2.5]")
    with pytest.raises(Problem) as caught:
        read_style(path)
    assert f"line {line}," in str(caught.value.message.values["what"])


def test_that_every_name_in_the_shipped_style_is_known() -> None:
    check_names(load_style(), LISTS)


def test_that_an_unknown_kind_is_named_with_its_line(tmp_path: Path) -> None:
    path, line = changed(tmp_path, 'kinds = ["beach", "bare"]', 'kinds = ["beech", "bare"]')
    with pytest.raises(Problem) as caught:
        check_names(read_style(path), LISTS, path)
    what = str(caught.value.message.values["what"])
    assert f"line {line}," in what and "beech" in what


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ink", LABELS)
def test_that_map_words_can_be_read_through_their_halo(theme: str, ink: str) -> None:
    """On the halo as it is laid over each ground; 4.5:1, house numbers 3.5:1."""
    colours = load_theme(theme).map
    strength = load_style().labels.halo_strength
    for ground in GROUNDS:
        halo = mix(getattr(colours, ground), colours.halo, strength)
        least = 3.5 if ink == "label_number" else 4.5
        assert contrast(getattr(colours, ink), halo) >= least, ground


@pytest.mark.parametrize("theme", THEMES)
def test_that_roads_rise_from_the_land_by_their_rank(theme: str) -> None:
    colours = load_theme(theme).map
    casing_or_fill = [
        max(contrast(getattr(colours, name), colours.land), contrast(colours.casing, colours.land))
        for name in ("residential", "tertiary", "secondary", "primary", "trunk", "motorway")
    ]
    assert min(casing_or_fill) >= 1.15
    if theme == "dark":
        own = [
            contrast(getattr(colours, name), colours.land)
            for name in ("residential", "tertiary", "secondary", "primary", "trunk", "motorway")
        ]
        assert own == sorted(own)
