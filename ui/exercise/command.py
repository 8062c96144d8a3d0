"""`vigil exercise SCENARIO`: run a scenario in a journal of its own and score it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dispatch.centre import Centre
from dispatch.domain.message import Message
from dispatch.exercise.hearing import Hearing
from dispatch.exercise.plan import ExercisePlan, plan_exercise, shipped
from dispatch.exercise.play import play
from dispatch.exercise.report import header, rows, write_report
from dispatch.exercise.score import Score, score_of
from dispatch.places import Places
from dispatch.region.gazetteer import Gazetteer
from dispatch.severity.questions import QuestionBook
from dispatch.words import say

if TYPE_CHECKING:
    from ui.surface import Surface


def run(args: argparse.Namespace) -> int:
    """The list, the automatic dispatcher (`--auto`), or the window."""
    if args.list:
        return list_shipped(args.language)
    places = Places(args.data_dir).prepare()
    plan = plan_exercise(args.scenario, places, datetime.now(UTC), args.seed)
    if getattr(args, "auto", False):
        return run_auto(plan, places, args)
    return run_window(plan, places, args)


def list_shipped(language: str) -> int:
    """One line a scenario on stdout."""
    for each in shipped():
        values = {
            "name": each.name,
            "title": say(each.title, language),
            "minutes": round(each.minutes),
            "brief": say(each.brief, language),
        }
        print(say(Message("exercise.list.line", values), language))
    return 0


def open_centre(plan: ExercisePlan, places: Places, *, speed: float, inline: bool) -> Centre:
    """The centre that plays a plan; speed 0 for headless runs."""
    return Centre.exercise(
        places,
        region=plan.region,
        agency=plan.agency,
        spec=plan.spec,
        journal=plan.journal,
        speed=speed,
        inline=inline,
    )


def play_auto(plan: ExercisePlan, places: Places) -> Score:
    """Played to its end by the automatic dispatcher, and scored from its journal."""
    centre = open_centre(plan, places, speed=0, inline=True)
    try:
        own = centre.agency.known_places
        search = Gazetteer.of(centre.pack, places.cache, own).search
        play(centre, Hearing(QuestionBook.shipped(), search), until_us=plan.end_us)
        return score_of(centre.journal.read(), plan.scenario.standard)
    finally:
        centre.close()


def run_auto(plan: ExercisePlan, places: Places, args: argparse.Namespace) -> int:
    """The score on stdout, in words and call by call; `--report FILE` keeps it."""
    language = args.language
    score = play_auto(plan, places)
    title = say(score.title, language) if score.title is not None else ""
    print(say("exercise.report.title", language, title=title))
    for line in score.lines():
        print(f"  {say(line, language)}")
    for row in (
        header(language),
        *([cell.text for cell in cells] for cells in rows(score, language)),
    ):
        print("  " + " | ".join(row))
    print(say("exercise.auto.done", language, file=str(plan.journal)))
    if getattr(args, "report", None) is not None:
        write_report(score, plan.journal, args.report, language)
        print(say("exercise.report.saved", language, file=str(args.report)))
    return 0


def run_window(plan: ExercisePlan, places: Places, args: argparse.Namespace) -> int:
    """The workstation with the brief first; the clock stands until somebody begins."""
    from ui.workstation_command import show

    def conduct(surface: Surface) -> Callable[[], None]:
        from ui.exercise.conduct import Conductor

        return Conductor(surface, plan).open_brief

    centre = open_centre(plan, places, speed=args.speed or 1.0, inline=False)
    return show(centre, args, places, conduct=conduct)
