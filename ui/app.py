"""The Qt application: made once, kept sound, and left in an orderly way whoever asks it to."""

from __future__ import annotations

import gc
import logging
import signal
import sys
import threading
from types import FrameType, TracebackType

from PySide6.QtCore import (
    QCoreApplication,
    QObject,
    QTimer,
    QtMsgType,
    Signal,
    qInstallMessageHandler,
)
from PySide6.QtWidgets import QApplication

from dispatch import __version__
from dispatch.domain.message import Message
from ui.theme.fonts import font, load_faces

log = logging.getLogger(__name__)

#: Qt says these at every start on machines without a portal or a theme; they mean nothing here.
IDLE_CHATTER = ("QStandardPaths", "propagateSizeHints", "This plugin does not support")
FREEZE_AFTER_MS = 4_000
COLLECT_EVERY_MS = 30_000


class Application(QObject):
    """Owns the `QApplication`, the hooks and the way out.

    `leaving` is emitted once, whether a person, SIGTERM or SIGINT asked; whoever opened things
    closes them there (ui/surface.py).
    """

    leaving = Signal()
    failed = Signal(object)
    """`Message`: an exception that nobody caught in the surface; the window goes on."""

    def __init__(self) -> None:
        super().__init__()
        existing = QCoreApplication.instance()
        QCoreApplication.setApplicationName("Vigil")
        QCoreApplication.setApplicationVersion(__version__)
        QCoreApplication.setOrganizationName("Vigil")
        self.qt = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
        self.qt.setStyle("Fusion")
        self.qt.setQuitOnLastWindowClosed(False)
        load_faces()
        self.qt.setFont(font())
        self._left = False
        self._before: list[tuple[int, object]] = []
        qInstallMessageHandler(_qt_says)
        self._hook = sys.excepthook
        sys.excepthook = self._caught_by_nobody
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before.append((number, signal.signal(number, self._asked_to_leave)))
        # Python sees a signal only when it runs; this makes it run while the window idles.
        self._pulse = QTimer(self, interval=200)
        self._pulse.timeout.connect(lambda: None)
        self._pulse.start()
        # A collection in another thread would end Qt's objects there: it is done here alone.
        gc.disable()
        self._collector = QTimer(self, interval=COLLECT_EVERY_MS)
        self._collector.timeout.connect(gc.collect)
        self._collector.start()
        QTimer.singleShot(FREEZE_AFTER_MS, self, self._settle)

    def run(self) -> int:
        """The event loop, until `leave`; then everything is put back as it was."""
        try:
            return self.qt.exec()
        finally:
            self.restore()

    def restore(self) -> None:
        """Give hooks and signal handlers back."""
        sys.excepthook = self._hook
        for number, handler in self._before:
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._before.clear()
        qInstallMessageHandler(None)
        gc.unfreeze()
        gc.enable()

    def leave(self, code: int = 0) -> None:
        """Let whoever opened things close them, then end the loop. Once."""
        if self._left:
            return
        self._left = True
        try:
            self.leaving.emit()
        finally:
            self.qt.exit(code)

    def _asked_to_leave(self, number: int, frame: FrameType | None) -> None:
        log.info("asked to leave by signal %d", number)
        QTimer.singleShot(0, self.leave)

    def _settle(self) -> None:
        """Take what start-up made out of the collector's sight.

        A full collection with everything loaded stalls the surface for a tenth of a second.
        """
        gc.collect()
        gc.freeze()

    def _caught_by_nobody(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        self._hook(kind, error, trace)
        if issubclass(kind, KeyboardInterrupt):
            self.leave()
        else:
            self.failed.emit(Message("shell.surface_failed", {"what": kind.__name__}))


def _qt_says(kind: QtMsgType, context: object, text: str) -> None:
    """Qt's own messages go into the log at their own weight."""
    if any(idle in text for idle in IDLE_CHATTER):
        return
    weight = {
        QtMsgType.QtDebugMsg: logging.DEBUG,
        QtMsgType.QtInfoMsg: logging.INFO,
        QtMsgType.QtWarningMsg: logging.WARNING,
    }.get(kind, logging.ERROR)
    logging.getLogger("qt").log(weight, text)
