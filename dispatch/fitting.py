"""Whether a region and an agency fit together, asked before a journal is made for them.

The engine reads the same files again in its own process; what it would find wrong there must be
said here, at the start and with the file's name, not in the middle of a shift.
"""

from __future__ import annotations

from dispatch.domain.message import Problem
from dispatch.recommend.run_cards import RunCards
from dispatch.region.agency import Agency
from dispatch.region.pack import Pack
from dispatch.severity.questions import QuestionBook


def require_fit(pack: Pack, agency: Agency) -> None:
    """Raises `Problem` naming the file: an agency of another region, one without units; districts,
    hydrants, names, run cards or questions of its own that cannot be read."""
    folder = pack.path.name.removesuffix(".region")
    if agency.region not in (folder, pack.name):
        raise Problem(
            "centre.other_agency",
            file=str(agency.path / "agency.toml"),
            named=agency.region,
            region=folder,
        )
    if not agency.units:
        raise Problem("centre.no_units", file=str(agency.path / "units.csv"))
    agency.warm()
    RunCards.load(agency.path / "run_cards")
    questions = agency.path / "questions"
    if questions.is_dir():
        QuestionBook.load(questions)
