"""The real thing: an X server with the layout switched on, and real key presses."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap

import pytest

NEEDED = ("xvfb-run", "xdotool", "setxkbmap")
#: X11 key codes: Control 37, Shift 50, Alt 64; K 45, 1 10, / 61, 3 12, L 46.
PRESSES = "keydown 37 key 45 keyup 37 key 10 keydown 50 key 61 keyup 50 keydown 64 key 12 keyup 64"
EXPECTED = ["window.palette", "incident.answer_1", "window.keys", "incident.level_3"]

WINDOW = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QPushButton
from ui.commands.key_filter import KeyFilter
from ui.commands.registry import Registry
app = QApplication(sys.argv)
registry = Registry()
registry.who = lambda: "dispatcher"
for command_id in registry.commands:
    registry.bind(command_id, lambda c=command_id: print(c, flush=True))
filter_ = KeyFilter(registry)
app.installEventFilter(filter_)
window = QPushButton("keys")
window.setWindowTitle("vigil-keys")
window.show()
window.activateWindow()
QTimer.singleShot(0, lambda: print("up", flush=True))
QTimer.singleShot(20000, app.quit)
app.exec()
"""


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["us", "ru", "kz", "kr"])
def test_that_real_presses_give_the_same_commands_under_every_layout(tmp_path, layout):
    for tool in NEEDED:
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not on this machine")
    script = tmp_path / "press.sh"
    script.write_text(
        textwrap.dedent(f"""\
        "{sys.executable}" "{tmp_path}/window.py" > "{tmp_path}/out" 2>&1 &
        window=$!
        for i in $(seq 100); do grep -q up "{tmp_path}/out" && break; sleep 0.1; done
        sleep 0.3
        xdotool search --sync --name vigil-keys windowfocus
        setxkbmap {layout}
        sleep 0.4
        xdotool {PRESSES}
        for i in $(seq 50); do grep -q level_3 "{tmp_path}/out" && break; sleep 0.1; done
        kill $window
        """)
    )
    (tmp_path / "window.py").write_text(WINDOW)
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    environment = {**os.environ, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": root}
    subprocess.run(
        ["xvfb-run", "-a", "bash", str(script)], env=environment, timeout=60, check=False
    )
    told = (tmp_path / "out").read_text().split()
    if "up" not in told:
        pytest.skip("no X11 plug-in for Qt here: " + " ".join(told)[:200])
    assert told[1:] == EXPECTED
