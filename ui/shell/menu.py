"""The main menu, made from the command registry: what is not possible now is shown grey."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from ui.commands.catalogue import GROUPS
from ui.panel import PanelContext


def fill_menu(context: PanelContext, parent: QWidget) -> QMenu:
    """A menu of all commands by group, with their keys."""
    menu = QMenu(parent)
    commands = context.commands
    for group in GROUPS:
        listed = [
            command
            for command in commands.commands.values()
            if command.group == group and command.in_palette and commands.is_bound(command.id)
        ]
        if not listed:
            continue
        part = menu.addMenu(context.say(f"commands.group.{group}"))
        for command in listed:
            key = commands.key_text(command.id)
            title = context.say(command.title_id)
            action = QAction(f"{title}\t{key}" if key else title, part)
            action.setEnabled(commands.possible(command.id))
            action.triggered.connect(partial(_run, context, command.id))
            part.addAction(action)
    menu.aboutToHide.connect(menu.deleteLater)
    return menu


def _run(context: PanelContext, command_id: str, checked: bool = False) -> None:
    context.commands.run(command_id)
