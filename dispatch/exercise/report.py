"""The score of an exercise as a table, and as a page to keep: Markdown or HTML.

Texts come from the catalogue in the language asked for; nothing here decides what counts.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from pathlib import Path

from dispatch.domain.level import Level
from dispatch.domain.message import Problem
from dispatch.exercise.score import CallScore, Score
from dispatch.words import say

COLUMNS = (
    *("call", "incident", "answer", "send", "on_scene"),
    *("level", "units", "verified", "joined"),
)
YES, NO, NONE = "✓", "✗", "–"


@dataclass(frozen=True)
class Cell:
    """A cell's text, and whether it is as it should be (None: nothing to judge)."""

    text: str
    good: bool | None = None


def header(language: str) -> list[str]:
    """The columns' names."""
    return [say(f"exercise.column.{name}", language) for name in COLUMNS]


def rows(score: Score, language: str) -> list[list[Cell]]:
    """One row a call, in order of their ring."""
    limits = {segment.name: segment.limit_s for segment in score.segments}
    return [_row(call, limits, language) for call in score.calls]


def _row(call: CallScore, limits: dict[str, float | None], language: str) -> list[Cell]:
    twin = call.duplicate_of is not None
    send = "send_l1" if call.truth_level is Level.L1 else "send"
    return [
        Cell(call.call_id),
        Cell(call.number or NONE),
        _seconds(call.answer_s, limits.get("answer"), language),
        Cell(NONE) if twin else _seconds(call.send_s, limits.get(send), language, missed=False),
        Cell(NONE) if twin else _seconds(call.on_scene_s, None, language),
        Cell(NONE) if twin else _level(call, language),
        Cell(NONE) if twin else _units(call),
        Cell(NONE) if twin else _tick(call.verified),
        _tick(call.joined) if call.joined is not None else Cell(NONE),
    ]


def _seconds(
    value: float | None, limit: float | None, language: str, *, missed: bool | None = None
) -> Cell:
    if value is None:
        return Cell(NONE, missed)
    text = say("exercise.seconds", language, s=round(value))
    return Cell(text, value <= limit if limit is not None else None)


def _level(call: CallScore, language: str) -> Cell:
    truth = call.truth_level.value if call.truth_level else NONE
    if call.sent_level is None:
        return Cell(say("exercise.level_unsent", language, truth=truth))
    if call.sent_level is call.truth_level:
        return Cell(truth, True)
    text = say("exercise.level_other", language, sent=call.sent_level.value, truth=truth)
    return Cell(text, False)


def _units(call: CallScore) -> Cell:
    return Cell(f"{call.units_sent}/{call.units_needed}", call.units_sent == call.units_needed)


def _tick(good: bool | None) -> Cell:
    return Cell(YES if good else NO, bool(good))


def markdown(score: Score, journal: Path, language: str) -> str:
    """The report as Markdown."""
    lines = [f"# {_plain(_heading(score, language))}", "", say("exercise.report.is", language), ""]
    lines += [f"- {_plain(say(message, language))}" for message in score.lines()]
    lines += ["", "| " + " | ".join(header(language)) + " |", "|" + " --- |" * len(COLUMNS)]
    for row in rows(score, language):
        lines.append("| " + " | ".join(_plain(marked(cell)) for cell in row) + " |")
    lines += ["", say("exercise.report.journal", language, file=journal.name), ""]
    return "\n".join(lines)


def _plain(text: str) -> str:
    """A text of a trainer's file that can be neither a tag nor another column."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "/")


def page(score: Score, journal: Path, language: str) -> str:
    """The report as one HTML page that needs nothing else."""

    def cell(one: Cell) -> str:
        look = {True: ' class="good"', False: ' class="bad"', None: ""}[one.good]
        return f"<td{look}>{html.escape(marked(one))}</td>"

    heading = html.escape(_heading(score, language))
    items = "".join(f"<li>{html.escape(say(line, language))}</li>" for line in score.lines())
    head = "".join(f"<th>{html.escape(name)}</th>" for name in header(language))
    body = "".join(f"<tr>{''.join(cell(one) for one in row)}</tr>" for row in rows(score, language))
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f"<title>{heading}</title><style>{STYLE}</style></head><body>"
        f"<p class=mode>{html.escape(say('exercise.report.is', language))}</p>"
        f"<h1>{heading}</h1><ul>{items}</ul>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        f"<p>{html.escape(say('exercise.report.journal', language, file=journal.name))}</p>"
        "</body></html>\n"
    )


STYLE = (
    "body{font:14px/1.5 sans-serif;margin:32px;max-width:960px;color:#14181c}"
    ".mode{background:#4a3583;color:#e4d9ff;padding:4px 12px;font-weight:600}"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums}"
    "th,td{border-bottom:1px solid #ccd3da;padding:4px 12px;text-align:left}"
    ".bad{font-weight:600;color:#9b1c4c}"
)


def _heading(score: Score, language: str) -> str:
    title = say(score.title, language) if score.title is not None else ""
    return say("exercise.report.title", language, title=title)


def marked(cell: Cell) -> str:
    """What is not as it should be is marked by a sign, since colour alone says nothing."""
    return f"{cell.text} !" if cell.good is False and cell.text not in (YES, NO) else cell.text


def write_report(score: Score, journal: Path, file: Path, language: str) -> None:
    """Write the report; HTML by the suffix `.html`, else Markdown. `Problem` naming the file."""
    make = page if file.suffix.lower() in (".html", ".htm") else markdown
    try:
        file.write_text(make(score, journal, language), "utf-8")
    except OSError as error:
        what = error.strerror or str(error)
        raise Problem("exercise.report.unwritable", file=str(file), what=what) from error
