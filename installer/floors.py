"""The floors of the house, and what no file may do: read from the source, nothing is imported.

`python -m installer.floors` prints each breach as `file:line: what` and exits with 1 when there
is one. Files that grow long are printed as notes.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from installer import wording

# Lowest first. A room imports only rooms of lower floors; rooms of one floor not each other.
FLOORS: tuple[frozenset[str], ...] = (
    frozenset({"domain"}),
    frozenset({"region"}),
    frozenset({"severity", "journal"}),
    frozenset({"recommend", "fixes", "roster"}),
    frozenset({"simulation", "restore", "fitting"}),
    frozenset({"desk", "advice", "watch", "board", "replay"}),
    frozenset({"sources", "feeds", "exercise", "lane", "due"}),
    frozenset({"centre"}),
    frozenset({"cli", "reports"}),
)
# Under everything: anyone may import these, and they import only each other and the messages.
GROUND = frozenset({"resources", "words", "places", "settings", "logs", "clock"})
GROUND_MAY_IMPORT = "dispatch.domain.message"
# The domain is a set of values and functions: no I/O, clocks, chance or words.
BARRED_IN_DOMAIN = frozenset(
    {"os", "io", "pathlib", "shutil", "tempfile", "socket", "subprocess", "threading", "asyncio"}
    | {"time", "random", "secrets", "uuid", "logging"}
    | {"sqlite3", "sqlmodel", "sqlalchemy", "pyarrow", "pandas", "platformdirs"}
)
WINDOW_LIBRARIES = frozenset({"PySide6", "shiboken6", "ui"})
BARRED_EVERYWHERE = frozenset({"pickle", "cPickle", "dill", "joblib", "marshal", "shelve"})
LONG, TOO_LONG = 400, 450
LONG_FOR_A_REASON: dict[str, str] = {}
CODE = ("dispatch", "ui", "installer")
MACHINE_PATHS = re.compile("/" + r"(work|root|opt/pypi|home/[a-z]\w*)/")


@dataclass(frozen=True, order=True)
class Breach:
    """A rule that a file breaks: path relative to the checkout, line, and what is wrong."""

    file: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


@dataclass(frozen=True)
class Source:
    """One parsed Python file: its path relative to the checkout, module name, text and tree."""

    file: str
    module: str
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """The room or single module within `dispatch`, as `region`; empty outside."""
        parts = self.module.split(".")
        return parts[1] if parts[0] == "dispatch" and len(parts) > 1 else ""


def sources(root: Path, folders: tuple[str, ...]) -> Iterator[Source | Breach]:
    """Every Python file below the folders, parsed; a breach for one that cannot be."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            file = path.relative_to(root).as_posix()
            try:
                text = path.read_text("utf-8")
                tree = ast.parse(text)
            except (SyntaxError, ValueError) as error:
                yield Breach(file, getattr(error, "lineno", None) or 1, f"cannot be read: {error}")
                continue
            module = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            yield Source(file, module, text, tree)


def imports(source: Source) -> Iterator[tuple[int, str]]:
    """Every imported module with its line, relative ones resolved; inside functions as well."""
    is_package = source.file.endswith("__init__.py")
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                up = source.module.split(".")
                up = up[: len(up) - node.level + (1 if is_package else 0)]
                base = ".".join([*up, *filter(None, [base])])
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}" if base else alias.name


def floor_of(room: str) -> int | None:
    """The number of a room's floor, the ground being -1; None for a room that has no place yet."""
    if room in GROUND:
        return -1
    return next((number for number, rooms in enumerate(FLOORS) if room in rooms), None)


def floor_breaches(source: Source) -> Iterator[Breach]:
    """Imports that go up, or across to a neighbour."""
    if not source.room:
        return
    here = floor_of(source.room)
    if here is None:
        yield Breach(source.file, 1, f"room {source.room!r} stands on no floor: see FLOORS")
        return
    for line, name in imports(source):
        parts = name.split(".")
        if parts[0] != "dispatch" or len(parts) < 2 or parts[1] == source.room:
            continue
        other = floor_of(parts[1])
        if parts[1].startswith("__"):
            # A name of the package itself, such as its version, is no room.
            allowed = source.room != "domain"
        elif here == -1:
            allowed = other == -1 or name.startswith(GROUND_MAY_IMPORT)
        elif source.room == "domain":
            allowed = False
        else:
            allowed = other is not None and other < here
        if not allowed:
            yield Breach(source.file, line, f"{source.room} may not import {name}")


def window_breaches(source: Source) -> Iterator[Breach]:
    """Window libraries below the surface."""
    if source.module.split(".")[0] == "ui":
        return
    for line, name in imports(source):
        if name.split(".")[0] in WINDOW_LIBRARIES:
            yield Breach(source.file, line, f"{name} is imported outside ui/")


def domain_breaches(source: Source) -> Iterator[Breach]:
    """I/O, clocks and chance in the domain."""
    if source.room != "domain":
        return
    for line, name in imports(source):
        if name.split(".")[0] in BARRED_IN_DOMAIN:
            yield Breach(source.file, line, f"the domain imports {name}")
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and called(node) in {"open", "print", "now", "utcnow"}:
            yield Breach(source.file, node.lineno, f"the domain calls {called(node)}")


def called(node: ast.Call) -> str:
    """The bare name of what is called: `open` of `open(...)`, `now` of `datetime.now()`."""
    function = node.func
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""


def danger_breaches(source: Source) -> Iterator[Breach]:
    """Ways to run what a file or a message says."""
    for line, name in imports(source):
        if name.split(".")[0] in BARRED_EVERYWHERE:
            yield Breach(source.file, line, f"{name} can run what it reads")
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in {"eval", "exec"}:
            yield Breach(source.file, node.lineno, f"{node.func.id} runs what it is given")
        if ast.unparse(node.func) in {"os.system", "os.popen"}:
            yield Breach(source.file, node.lineno, f"{ast.unparse(node.func)} starts a shell")
        for keyword in node.keywords:
            is_on = isinstance(keyword.value, ast.Constant) and keyword.value.value is True
            if keyword.arg in {"shell", "allow_pickle"} and is_on:
                yield Breach(source.file, node.lineno, f"{keyword.arg}=True")


def length_breaches(source: Source) -> Iterator[Breach]:
    """Files that have more than one reason to change, judged by their length."""
    lines = source.text.count("\n")
    if lines > TOO_LONG and source.file not in LONG_FOR_A_REASON:
        yield Breach(source.file, lines, f"{lines} lines; divide it (limit {TOO_LONG})")


def machine_breaches(source: Source) -> Iterator[Breach]:
    """Paths of the machine that a file was written on."""
    for number, line in enumerate(source.text.splitlines(), 1):
        match = MACHINE_PATHS.search(line)
        if match:
            yield Breach(source.file, number, f"path of one machine: {match.group()}")


RULES: tuple[Callable[[Source], Iterator[Breach]], ...] = (
    floor_breaches,
    window_breaches,
    domain_breaches,
    danger_breaches,
    length_breaches,
    machine_breaches,
)
TEST_RULES = (length_breaches, machine_breaches)


def breaches(root: Path) -> list[Breach]:
    """Every breach of the rules in a checkout, sorted."""
    found: list[Breach] = []
    for folders, rules in ((CODE, RULES), (("tests",), TEST_RULES)):
        for source in sources(root, folders):
            if isinstance(source, Breach):
                found.append(source)
            else:
                found.extend(breach for rule in rules for breach in rule(source))
    found.extend(Breach(*parts) for parts in wording.breaches(root))
    return sorted(set(found))


def long_files(root: Path) -> list[str]:
    """Notes on files that are longer than they should be but not yet refused."""
    found = []
    for source in sources(root, (*CODE, "tests")):
        if isinstance(source, Source) and source.text.count("\n") > LONG:
            reason = LONG_FOR_A_REASON.get(source.file, "consider dividing it")
            found.append(f"{source.file}: {source.text.count(chr(10))} lines ({reason})")
    return found


def main() -> int:
    """Print notes and breaches of this checkout; 1 when there is a breach."""
    root = Path(__file__).resolve().parent.parent
    for note in long_files(root):
        print(f"note: {note}")
    found = breaches(root)
    for breach in found:
        print(breach)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
