"""The four languages are held to the same ids, placeholders and plural forms."""

from __future__ import annotations

from pathlib import Path

from installer import wording

TONGUES = ("en", "ru", "kk", "ko")


def catalogue(tmp_path: Path, texts: dict[str, str]) -> Path:
    """A checkout with one namespace, `desk`, in each language."""
    for tongue in TONGUES:
        folder = tmp_path / "resources" / "languages" / tongue
        folder.mkdir(parents=True)
        if tongue in texts:
            (folder / "desk.toml").write_text(texts[tongue], "utf-8")
    return tmp_path


def said(root: Path) -> list[str]:
    return [what for _, _, what in wording.breaches(root)]


def test_that_four_equal_languages_pass(tmp_path: Path) -> None:
    root = catalogue(tmp_path, dict.fromkeys(TONGUES, '"unit.sent" = "{unit} goes"'))
    assert said(root) == []


def test_that_a_language_without_the_file_is_found(tmp_path: Path) -> None:
    root = catalogue(tmp_path, dict.fromkeys(("en", "ru", "kk"), '"a" = "b"'))
    assert said(root) == ["is missing; other languages have it"]


def test_that_a_missing_and_a_surplus_message_are_found(tmp_path: Path) -> None:
    texts = dict.fromkeys(TONGUES, '"a" = "b"')
    root = catalogue(tmp_path, {**texts, "ko": '"c" = "d"'})
    assert said(root) == ["lacks 'a'", "has 'c', which English lacks"]


def test_that_other_placeholders_are_found(tmp_path: Path) -> None:
    texts = dict.fromkeys(TONGUES, '"a" = "{unit} goes"')
    root = catalogue(tmp_path, {**texts, "ru": '"a" = "{units} едет"'})
    assert said(root) == ["'a' has other placeholders than English"]


def test_that_russian_needs_its_four_plural_forms(tmp_path: Path) -> None:
    two = '["a"]\none = "one unit"\nother = "{n} units"'
    four = '["a"]\none = "{n} машина"\nfew = "{n} машины"\nmany = "{n} машин"\nother = "{n} машины"'
    root = catalogue(tmp_path, {"en": two, "kk": two, "ko": '["a"]\nother = "{n}대"', "ru": four})
    assert said(root) == []
    (root / "resources/languages/ru/desk.toml").write_text(two, "utf-8")
    assert said(root) == ["'a' needs the plural forms few, many, one, other"]


def test_that_code_saying_an_unknown_message_is_found(tmp_path: Path) -> None:
    root = catalogue(tmp_path, dict.fromkeys(TONGUES, '"a" = "b"'))
    (root / "dispatch").mkdir()
    (root / "dispatch" / "x.py").write_text('raise Problem("desk.a")\nraise Problem("desk.z")')
    assert list(wording.breaches(root)) == [("dispatch/x.py", 2, "message 'desk.z' has no words")]
