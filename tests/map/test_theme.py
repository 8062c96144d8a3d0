from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.domain.message import Problem
from dispatch.resources import resource
from ui.theme.tokens import (
    GRAPHIC_CONTRAST,
    TEXT_CONTRAST,
    THEMES,
    contrast,
    graphic_pairs,
    load_theme,
    mix,
    read_theme,
    text_pairs,
)


@pytest.mark.parametrize("name", THEMES)
def test_that_words_can_be_read_in_every_pair(name: str) -> None:
    weak = [
        f"{what}: {contrast(ink, ground):.2f}"
        for what, ink, ground in text_pairs(load_theme(name))
        if contrast(ink, ground) < TEXT_CONTRAST
    ]
    assert not weak


@pytest.mark.parametrize("name", THEMES)
def test_that_marks_can_be_told_from_their_ground(name: str) -> None:
    weak = [
        f"{what}: {contrast(mark, ground):.2f}"
        for what, mark, ground in graphic_pairs(load_theme(name))
        if contrast(mark, ground) < GRAPHIC_CONTRAST
    ]
    assert not weak


def test_that_black_on_white_has_the_full_contrast() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert mix("#000000", "#ffffff", 0.5) == "#808080"


def test_that_both_themes_name_the_same_states() -> None:
    dark, light = (load_theme(name) for name in THEMES)
    assert dark.states.keys() == light.states.keys()
    assert len(dark.states) == 12


def test_that_a_broken_theme_names_its_file(tmp_path: Path) -> None:
    broken = tmp_path / "dark.toml"
    text = resource("themes", "dark.toml").read_text("utf-8")
    broken.write_text(text.replace('panel = "#12171c"', 'panel = "red"'), "utf-8")
    with pytest.raises(Problem) as caught:
        read_theme(broken)
    assert caught.value.message.id == "map.theme_broken"
    assert caught.value.message.values["file"] == str(broken)


def test_that_a_theme_name_cannot_leave_its_folder() -> None:
    with pytest.raises(Problem):
        load_theme("../languages/en/map")
