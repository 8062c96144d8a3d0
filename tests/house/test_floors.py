"""The checkout keeps its floors, and the check sees what it should."""

from __future__ import annotations

from pathlib import Path

import pytest

from installer import floors

ROOT = Path(__file__).resolve().parents[2]


def found(tmp_path: Path, file: str, text: str) -> list[str]:
    """What the check says of one file in an otherwise empty checkout."""
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return [breach.what for breach in floors.breaches(tmp_path)]


def test_that_this_checkout_keeps_the_rules_of_the_house() -> None:
    assert [str(breach) for breach in floors.breaches(ROOT)] == []


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("dispatch/domain/unit.py", "from dispatch.region import pack"),
        ("dispatch/domain/unit.py", "from dispatch.words import say"),
        ("dispatch/journal/store.py", "import dispatch.severity.model"),
        ("dispatch/region/pack.py", "def f():\n    from ..desk import verbs"),
        ("dispatch/desk/verbs.py", "from dispatch import centre"),
        ("dispatch/words.py", "from dispatch.domain.level import Level"),
        ("dispatch/attic/dust.py", "x = 1"),
    ],
    ids=["up", "domain on ground", "neighbour", "relative and late", "from root", "ground", "new"],
)
def test_that_an_import_against_the_floors_is_found(tmp_path: Path, file: str, text: str) -> None:
    assert len(found(tmp_path, file, text)) == 1


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("dispatch/desk/verbs.py", "from dispatch.domain.unit import Unit"),
        ("dispatch/desk/verbs.py", "from dispatch.desk.undo import undo\nfrom . import undo"),
        ("dispatch/words.py", "from dispatch.domain.message import Message"),
        ("dispatch/region/pack.py", "from dispatch.resources import resource"),
        ("dispatch/reports/day.py", "from dispatch import __version__"),
        ("ui/app.py", "from PySide6.QtCore import QObject\nfrom dispatch.centre import Centre"),
    ],
)
def test_that_an_import_with_the_floors_is_let_through(
    tmp_path: Path, file: str, text: str
) -> None:
    assert found(tmp_path, file, text) == []


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("dispatch/desk/verbs.py", "from PySide6 import QtCore"),
        ("dispatch/centre.py", "def f():\n    import ui.app"),
        ("ui/app.py", "import pickle"),
        ("ui/app.py", "eval('1')"),
        ("ui/app.py", "import subprocess\nsubprocess.run('ls', shell=True)"),
        ("ui/app.py", "import numpy\nnumpy.load('x', allow_pickle=True)"),
        ("dispatch/domain/unit.py", "import time"),
        ("dispatch/domain/unit.py", "open('x')"),
        ("dispatch/region/pack.py", "HERE = '/" + "work/main'"),
        ("dispatch/region/pack.py", "x = 1\n" * 451),
        ("dispatch/region/pack.py", "def broken("),
    ],
)
def test_that_what_no_file_may_do_is_found(tmp_path: Path, file: str, text: str) -> None:
    assert len(found(tmp_path, file, text)) == 1
