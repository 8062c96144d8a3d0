"""The libraries that Qt expects of a Linux system: which are missing, how to get them.

A library is looked for by loading it, which is true on every distribution; the Debian package
that holds it is used for the remedy. macOS and Windows need nothing beyond the wheels.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Library:
    """A shared library, its Debian/Ubuntu package, and whether even a windowless run needs it."""

    soname: str
    package: str
    always: bool = False


LIBRARIES = (
    Library("libEGL.so.1", "libegl1", always=True),
    Library("libGL.so.1", "libgl1", always=True),
    Library("libfontconfig.so.1", "libfontconfig1", always=True),
    Library("libdbus-1.so.3", "libdbus-1-3", always=True),
    Library("libglib-2.0.so.0", "libglib2.0-0", always=True),
    Library("libxkbcommon.so.0", "libxkbcommon0", always=True),
    Library("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
    Library("libxcb-cursor.so.0", "libxcb-cursor0"),
    Library("libxcb-icccm.so.4", "libxcb-icccm4"),
    Library("libxcb-keysyms.so.1", "libxcb-keysyms1"),
    Library("libxcb-shape.so.0", "libxcb-shape0"),
    Library("libxcb-xkb.so.1", "libxcb-xkb1"),
    Library("libxcb-randr.so.0", "libxcb-randr0"),
    Library("libxcb-xfixes.so.0", "libxcb-xfixes0"),
    Library("libxcb-sync.so.1", "libxcb-sync1"),
    Library("libX11-xcb.so.1", "libx11-xcb1"),
    Library("libwayland-cursor.so.0", "libwayland-cursor0"),
)
FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))


def loads(soname: str) -> bool:
    """Whether the system's loader finds the library."""
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def missing_libraries(*, windowless: bool) -> list[Library]:
    """The libraries that cannot be loaded; only the ones every run needs when `windowless`."""
    if not sys.platform.startswith("linux"):
        return []
    wanted = [item for item in LIBRARIES if item.always or not windowless]
    return [item for item in wanted if not loads(item.soname)]


def missing_extras() -> list[str]:
    """Debian packages for what is no library: Python's venv, fontconfig's rules, one font."""
    if not sys.platform.startswith("linux"):
        return []
    packages = []
    if importlib.util.find_spec("ensurepip") is None:
        packages.append(f"python3.{sys.version_info.minor}-venv")
    if not Path("/etc/fonts/fonts.conf").exists():
        packages.append("fontconfig-config")
    if not any(any(folder.rglob("*.[to]tf")) for folder in FONT_FOLDERS if folder.is_dir()):
        packages.append("fonts-dejavu-core")
    return packages


def is_debian() -> bool:
    """Whether packages come by apt-get here."""
    return shutil.which("apt-get") is not None


def may_install() -> bool:
    """Whether this process may install system packages itself."""
    return is_debian() and hasattr(os, "geteuid") and os.geteuid() == 0


def command_for(packages: list[str]) -> str:
    """What a person types to install the packages."""
    return "sudo apt-get update && sudo apt-get install -y " + " ".join(packages)


def install(packages: list[str]) -> bool:
    """Install with apt-get, refreshing the package lists only when the first try fails."""
    # Nobody is there to answer a package's questions.
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]

    def done(arguments: list[str]) -> bool:
        finished = subprocess.run(
            arguments, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        if finished.returncode:
            sys.stderr.write(finished.stdout[-2000:] + finished.stderr[-2000:])
        return finished.returncode == 0

    have_lists = any(Path("/var/lib/apt/lists").glob("*_Packages*"))
    if have_lists and done(command):
        return True
    return done(["apt-get", "update", "-q"]) and done(command)
