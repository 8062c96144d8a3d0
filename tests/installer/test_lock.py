"""The lock holds everything the project asks for, by hash, and no address."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "installer" / "requirements.lock").read_text("utf-8")


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def asked() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    lists = [
        project["project"]["dependencies"],
        project["project"]["optional-dependencies"]["dev"],
        project["build-system"]["requires"],
    ]
    return {normal(re.split(r"[^\w.-]", line)[0]) for group in lists for line in group}


def test_that_the_lock_holds_every_dependency() -> None:
    locked = {normal(name) for name in re.findall(r"^([\w.-]+)==", LOCK, re.MULTILINE)}
    assert asked() - locked == set()


def test_that_every_locked_package_has_a_hash() -> None:
    for block in re.split(r"\n(?=\S)", LOCK):
        if re.match(r"[\w.-]+==", block):
            assert "--hash=sha256:" in block, block.split("\n")[0]


def test_that_the_lock_names_no_address() -> None:
    assert not re.search(r"https?:|file:|--(extra-)?index|--find-links|--trusted-host", LOCK)
