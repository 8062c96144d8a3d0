"""Widgets in the colours of a theme: Fusion's palette and one style sheet, from the same tokens.

Roles that a widget takes by a dynamic property `look`, so that no panel names a colour:

    QLabel   "heading" (small capitals), "dim", "faint", "small", "strong", "title", "late",
             "error", "good", "key" (a key cap), "ai" (the AI mark)
    QPushButton   "primary" (the one that acts), "quiet" (no edge), "chip", "ring" (a call rings),
             "alarm"
    QFrame   "card", "attention", "trouble", "line" (a hairline)
    lists    "plain" (on an overlay)
"""

from __future__ import annotations

import html

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QWidget

from ui.theme.tokens import Theme, mix

ROLES = ("WindowText", "Text", "ButtonText", "ToolTipText")


def palette_of(theme: Theme) -> QPalette:
    """Fusion's palette in a theme, disabled group included."""
    ui = theme.ui
    shown = QPalette()
    for role, colour in {
        "Window": ui.panel,
        "Base": ui.surface,
        "AlternateBase": ui.panel,
        "Button": ui.raised,
        "ToolTipBase": ui.raised,
        "WindowText": ui.text,
        "Text": ui.text,
        "ButtonText": ui.text,
        "ToolTipText": ui.text,
        "BrightText": ui.text_strong,
        "PlaceholderText": ui.text_faint,
        "Highlight": ui.accent,
        "HighlightedText": ui.accent_ink,
        "Link": ui.accent_text,
        "Light": ui.hover,
        "Midlight": ui.hairline,
        "Mid": ui.outline,
        "Dark": ui.surface,
        "Shadow": ui.surface,
        "Accent": ui.accent,
    }.items():
        shown.setColor(getattr(QPalette.ColorRole, role), QColor(colour))
    for role in ROLES:
        shown.setColor(
            QPalette.ColorGroup.Disabled,
            getattr(QPalette.ColorRole, role),
            QColor(mix(ui.text_faint, ui.panel, 0.35)),
        )
    return shown


def style_sheet(theme: Theme) -> str:
    """The style sheet of the whole application in a theme."""
    ui = theme.ui
    # On white panels a grey field would read as one that cannot be used.
    field = ui.surface if theme.dark else ui.panel
    pressed = mix(ui.accent, ui.surface, 0.2)
    return f"""
* {{ outline: none; }}
QMainWindow, QMainWindow::separator {{ background: {ui.hairline}; }}
QMainWindow::separator {{ width: 1px; height: 1px; margin: 0; }}
QMainWindow::separator:hover {{ background: {ui.focus}; }}
QToolTip {{ color: {ui.text}; background: {ui.raised}; border: 1px solid {ui.outline};
    padding: 4px 8px; }}
QFrame[look="line"] {{ background: {ui.hairline}; border: none; max-height: 1px; min-height: 1px; }}
QFrame[look="card"] {{ background: {ui.selected}; border: none; border-radius: 4px; }}
QFrame[look="attention"] {{ background: {ui.attention}; border: none; border-radius: 4px; }}
QFrame[look="trouble"] {{ background: {ui.error_fill}; border: none; border-radius: 4px; }}
QWidget#mapStrip, QFrame#mapCard {{ background: {ui.raised}; border: 1px solid {ui.outline};
    border-radius: 6px; }}
QFrame[look="overlay"] {{ background: {ui.raised}; border: 1px solid {ui.outline};
    border-radius: 8px; }}

QLabel {{ background: transparent; }}
QLabel[look="heading"] {{ color: {ui.text_dim}; font-weight: 600; font-size: 11px; }}
QLabel[look="heading_on"] {{ color: {ui.text_strong}; font-weight: 600; font-size: 11px; }}
QLabel[look="dim"] {{ color: {ui.text_dim}; }}
QLabel[look="faint"] {{ color: {ui.text_faint}; }}
QLabel[look="small"] {{ color: {ui.text_dim}; font-size: 11px; }}
QLabel[look="strong"] {{ color: {ui.text_strong}; font-weight: 600; }}
QLabel[look="title"] {{ color: {ui.text_strong}; font-weight: 600; font-size: 17px; }}
QLabel[look="late"] {{ color: {ui.late_text}; font-weight: 600; }}
QLabel[look="error"] {{ color: {ui.error_text}; }}
QLabel[look="good"] {{ color: {ui.good}; }}
QLabel[look="key"] {{ color: {ui.text}; border: 1px solid {ui.outline}; border-radius: 4px;
    padding: 0 4px; font-size: 11px; background: {ui.surface}; }}
QLabel[look="ai"] {{ color: {ui.ai}; border: 1px solid {ui.ai}; border-radius: 4px;
    padding: 0 3px; font-size: 11px; font-weight: 600; background: {ui.ai_fill}; }}

QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QSpinBox {{
    background: {field}; color: {ui.text}; border: 1px solid {ui.control};
    border-radius: 4px; padding: 4px 8px; min-height: 20px;
    selection-background-color: {ui.accent}; selection-color: {ui.accent_ink}; }}
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QComboBox:focus, QSpinBox:focus {{
    border: 2px solid {ui.focus}; padding: 3px 7px; }}
QLineEdit:disabled, QComboBox:disabled {{ border-color: {ui.outline}; color: {ui.text_faint}; }}
QLineEdit[look="quiet"] {{ border-color: {ui.outline}; }}
QLineEdit[look="quiet"]:focus {{ border-color: {ui.focus}; }}
QComboBox QAbstractItemView {{ background: {ui.raised}; border: 1px solid {ui.outline}; }}

QPushButton {{ background: {ui.raised}; color: {ui.text}; border: 1px solid {ui.control};
    border-radius: 4px; padding: 4px 12px; min-height: 20px; }}
QPushButton:hover {{ background: {ui.hover}; }}
QPushButton:pressed {{ background: {ui.selected}; }}
QPushButton:disabled {{ color: {ui.text_faint}; border-color: {ui.outline}; }}
QPushButton:focus {{ border: 2px solid {ui.focus}; padding: 3px 11px; }}
QPushButton[look="primary"] {{ background: {ui.accent}; color: {ui.accent_ink};
    border: 1px solid {ui.accent};
    font-weight: 600; padding: 6px 16px; }}
QPushButton[look="primary"]:pressed {{ background: {pressed}; }}
QPushButton[look="primary"]:disabled {{ background: {ui.track}; color: {ui.text_dim};
    border-color: {ui.track}; }}
QPushButton[look="primary"]:focus {{ border: 2px solid {ui.text_strong}; padding: 5px 15px; }}
QPushButton[look="quiet"] {{ background: transparent; border: 1px solid transparent;
    padding: 2px 8px; }}
QPushButton[look="quiet"]:hover {{ background: {ui.hover}; }}
QPushButton[look="quiet"]:focus {{ border: 2px solid {ui.focus}; padding: 1px 7px; }}
QPushButton[look="quiet"]:disabled {{ color: {ui.text_faint}; }}
QPushButton[look="ring"] {{ background: {ui.late_fill}; color: {ui.late_ink};
    border: 1px solid {ui.late_fill};
    font-weight: 600; padding: 2px 12px; }}
QPushButton[look="ring"]:focus {{ border: 2px solid {ui.text_strong}; padding: 1px 11px; }}
QPushButton[look="alarm"] {{ background: {ui.error_fill}; color: {ui.error_text};
    border: 1px solid {ui.alarm}; font-weight: 600; padding: 2px 12px; }}
QPushButton[look="alarm"]:focus {{ border: 2px solid {ui.text_strong}; padding: 1px 11px; }}
QPushButton[look="chip"] {{ background: transparent; border: 1px solid {ui.outline};
    border-radius: 11px;
    padding: 1px 10px; min-height: 18px; }}
QPushButton[look="chip"]:checked {{ background: {ui.selected}; border-color: {ui.control};
    color: {ui.text_strong}; }}
QPushButton[look="chip"]:focus {{ border: 2px solid {ui.focus}; padding: 0 9px; }}
QToolButton {{ background: transparent; color: {ui.text_dim}; border: 1px solid transparent;
    border-radius: 4px;
    padding: 0 4px; }}
QToolButton:hover {{ background: {ui.hover}; color: {ui.text}; }}
QToolButton:focus {{ border: 2px solid {ui.focus}; padding: 0 3px; }}
QCheckBox:focus, QRadioButton:focus {{ border: 1px solid {ui.focus}; border-radius: 4px; }}

QAbstractItemView {{ background: {ui.panel}; color: {ui.text}; border: none;
    gridline-color: {ui.hairline};
    selection-background-color: {ui.selected}; selection-color: {ui.text_strong}; }}
QAbstractItemView[look="plain"] {{ background: {ui.raised}; }}
QListView::item {{ padding: 4px 12px; border: none; }}
QListView::item:selected {{ background: {ui.selected}; color: {ui.text_strong};
    border-left: 3px solid {ui.focus}; }}
QHeaderView {{ background: {ui.panel}; border: none; }}
QHeaderView::section {{ background: {ui.panel}; color: {ui.text_dim}; border: none;
    border-bottom: 1px solid {ui.hairline}; padding: 4px 8px; font-size: 11px; }}
QTableView::item {{ border-bottom: 1px solid {ui.hairline}; padding: 0 8px; }}

QScrollArea {{ border: none; background: transparent; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
QScrollBar::handle {{ background: {ui.outline}; border-radius: 3px; margin: 2px;
    min-height: 24px; min-width: 24px; }}
QScrollBar::handle:hover {{ background: {ui.control}; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
    background: none; border: none; width: 0; height: 0; }}
QMenu {{ background: {ui.raised}; color: {ui.text}; border: 1px solid {ui.outline};
    padding: 4px 0; }}
QMenu::item {{ padding: 4px 24px 4px 16px; }}
QMenu::item:selected {{ background: {ui.selected}; color: {ui.text_strong}; }}
QMenu::item:disabled {{ color: {ui.text_faint}; }}
QMenu::separator {{ height: 1px; background: {ui.hairline}; margin: 4px 0; }}
"""


def set_look(widget: QWidget, look: str) -> None:
    """Give a widget a role of the style sheet, or another one than it had."""
    if widget.property("look") != look:
        widget.setProperty("look", look)
        style = widget.style()
        style.unpolish(widget)
        style.polish(widget)


def as_tip(text: str) -> str:
    """A text as a tool tip shows it: never taken for markup, whoever wrote it."""
    return f"<span>{html.escape(text)}</span>"
