"""What the caller says: answers so far, the instruction card, what to ask next."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from dispatch.domain.incident import Incident
from dispatch.domain.message import Problem
from dispatch.domain.place import PlaceState
from dispatch.severity.questions import UNKNOWN, Question
from dispatch.words import LANGUAGES, catalogue, say
from ui.incidents.asking import SETTLE_MS, Asking
from ui.incidents.cards import CardView
from ui.incidents.pieces import FlowBox, Section, button, card, put, text_label
from ui.incidents.question_book import answers_of, book_of, open_questions, script_call
from ui.panel import PanelContext
from ui.theme.fonts import Size, font


def spoken(statement: str, language: str) -> str:
    """A simulated caller's sentence: of the catalogue where it is one of its messages."""
    known = statement in catalogue("en")
    return say(statement, language if language in LANGUAGES else "en") if known else statement


class HeardCard(QFrame):
    """The words of a simulated caller, marked as exercise."""

    def __init__(self, context: PanelContext, parent: QWidget) -> None:
        super().__init__(parent)
        self.context = context
        self.setProperty("look", "attention")
        self.mark = text_label(self)
        self.place = text_label(self, "dim")
        self.answer = text_label(self, "strong", bold=True)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(12, 6, 12, 6)
        rows.setSpacing(2)
        for label in (self.mark, self.place, self.answer):
            rows.addWidget(label)
        self.hide()

    def show_words(self, statement: str, place: str, answer: str, language: str) -> None:
        """The statement, what the caller calls the place, and the answer to what is asked."""
        tell = self.context.say
        self.setVisible(bool(statement or place or answer))
        text = spoken(statement, language) if statement else ""
        mark = tell("incident.exercise_caller")
        put(self.mark, f"{mark}: “{text}”" if text else mark)
        put(self.place, tell("incident.caller_place", text=place) if place else "")
        put(self.answer, tell("incident.caller_answers", text=answer) if answer else "")


class Caller(Section):
    """Answers in a line, the card, the next question with its keys, and all questions."""

    heading_id = "incident.caller"
    answered = Signal(str, str)
    """Question id and option id that a person chose by pointer."""

    def __init__(self, context: PanelContext, parent: QWidget) -> None:
        super().__init__(context, parent)
        self.book = book_of(context)
        self._asking = Asking()
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(lambda: self._asking.settle(self.question()))
        self._drawn: tuple[str, ...] = ()
        self._listed = False
        self.summary = text_label(self)
        self.heard = HeardCard(context, self)
        self.card = CardView(context, self)
        self.ask = text_label(self, "strong", size=Size.LARGE, bold=True)
        self.options = FlowBox(self)
        self.listing, self._list_rows = card(self, "plain")
        self._list_rows.setContentsMargins(0, 0, 0, 0)
        self._list_rows.setSpacing(2)
        self._buttons: list[QPushButton] = []
        # The question first: digits answer it, so it is never under the fold of a long card.
        for widget in (self.summary, self.heard, self.ask, self.options, self.listing, self.card):
            self.rows.addWidget(widget)

    # -- which question ------------------------------------------------------------------------

    def questions(self) -> list[Question]:
        """The questions that make sense now."""
        return open_questions(self.book, self.incident) if self.incident is not None else []

    def question(self) -> Question | None:
        """The one that digits answer: chosen by hand, else advised, else the next in order."""
        incident = self.incident
        return self._asking.current(incident, self.questions()) if incident is not None else None

    def step(self, by: int) -> None:
        """Ask another question: the next or the one before, round the end."""
        asked = self.questions()
        if not asked:
            raise Problem("incident.no_questions")
        now = self.question()
        ids = [each.question_id for each in asked]
        at = ids.index(now.question_id) if now is not None else (-1 if by > 0 else 0)
        self._asking.choose(ids[(at + by) % len(ids)])
        self._listed = True
        self._show_question()

    def digit(self, digit: int) -> tuple[str, str]:
        """Question and option that a digit key means now."""
        question = self.question()
        if question is None:
            raise Problem("incident.no_questions")
        option = question.of_digit(digit)
        if option is None:
            raise Problem("incident.no_such_answer", key=digit)
        return question.question_id, option.option_id

    def answer_sent(self, question_id: str) -> None:
        """A question was answered: the next one is asked at once."""
        self._listed = False
        self._asking.answered(question_id)
        self._settle.start()
        self._show_question()

    def answer_refused(self, question_id: str) -> None:
        """It was not taken: asked again."""
        self._asking.refused(question_id)
        self._show_question()

    # -- showing -------------------------------------------------------------------------------

    def show_incident(self, incident: Incident) -> None:
        """Everything anew."""
        if self.incident is None or incident.incident_id != self.incident.incident_id:
            self._asking.begin()
            self._listed = False
            self._settle.start()
        super().show_incident(incident)
        self.setVisible(self.book.has_type(incident.type_id) and incident.is_open)
        answers = answers_of(incident)
        put(self.summary, self._summary(answers))
        now_us = self.context.clock.now_us()
        if self.book.has_type(incident.type_id):
            cards = self.book.cards_for(incident.type_id, answers)
            self.card.show_cards(incident.incident_id, cards, self._language(incident), now_us)
        else:
            self.card.show_cards(incident.incident_id, (), "", now_us)
        self._show_question()

    def _language(self, incident: Incident) -> str:
        for call_id in reversed(incident.call_ids):
            call = self.context.board.call(call_id)
            if call is not None and call.language:
                return call.language
        return self.context.language

    def _summary(self, answers: dict[str, str]) -> str:
        words = []
        for question_id, option_id in answers.items():
            question = self.book.question(question_id)
            option = question.option(option_id) if question is not None else None
            if option is not None and option_id != UNKNOWN:
                words.append(self.context.say(option.reason))
        return " · ".join(words)

    def _show_question(self) -> None:
        incident, tell = self.incident, self.context.say
        if incident is None:
            return
        question = self.question()
        asked = self.questions()
        done = sum(1 for each in asked if each.question_id in incident.answers)
        keys = "/".join(
            self.context.commands.key_text(f"incident.question_{way}")
            for way in ("previous", "next")
        )
        counted = tell("incident.answered", done=done, n=len(asked), keys=keys)
        self.aside.setText(counted if asked else "")
        if question is None:
            put(self.ask, tell("incident.all_asked") if asked else "", "dim")
        else:
            put(self.ask, tell(question.message), "strong")
        self._fill_options(question, incident)
        self._fill_list(asked, question, incident)
        self._hear(question, incident)

    def _fill_options(self, question: Question | None, incident: Incident) -> None:
        widgets = []
        given = incident.answers.get(question.question_id) if question is not None else None
        drawn = (
            self.context.language,
            question.question_id if question is not None else "",
            given.option_id if given is not None else "",
        )
        if drawn == self._drawn:
            return  # the same buttons would be made again
        self._drawn = drawn
        if question is not None:
            for option in (*question.options, question.unknown):
                made = button(self.options, "chip")
                made.setText(f"{option.digit}  {self.context.say(option.message)}")
                made.setCheckable(True)
                made.setChecked(given is not None and given.option_id == option.option_id)
                made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
                made.clicked.connect(
                    lambda _=False, q=question.question_id, o=option.option_id: self.answered.emit(
                        q, o
                    )
                )
                widgets.append(made)
        self.options.fill(widgets)
        self.options.setVisible(bool(widgets))

    def _fill_list(
        self, asked: list[Question], current: Question | None, incident: Incident
    ) -> None:
        """Each question with its answer, not asked, or not known."""
        shown = bool(asked) and (self._listed or current is None)
        self.listing.setVisible(shown)
        if not shown:
            return
        while (item := self._list_rows.takeAt(0)) is not None:
            if item.widget() is not None:
                item.widget().hide()
                item.widget().deleteLater()
        for each in asked:
            row = QWidget(self.listing)
            line = QHBoxLayout(row)
            line.setContentsMargins(0, 0, 0, 0)
            line.setSpacing(8)
            answer = incident.answers.get(each.question_id)
            option = each.option(answer.option_id) if answer is not None else None
            is_current = current is not None and each.question_id == current.question_id
            mark = "›" if is_current else "✓" if answer is not None else "·"
            tick = QLabel(mark, row)
            tick.setFont(font(Size.SMALL, bold=True))
            tick.setFixedWidth(10)
            words = text_label(row, "strong" if is_current else "small", size=Size.SMALL)
            words.setText(self.context.say(each.message))
            said = text_label(row, "small", size=Size.SMALL)
            said.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
            said.setText(
                self.context.say(option.message)
                if option is not None
                else self.context.say("incident.not_asked")
            )
            line.addWidget(tick)
            line.addWidget(words, 3)
            line.addWidget(said, 2)
            self._list_rows.addWidget(row)

    def _hear(self, question: Question | None, incident: Incident) -> None:
        call = script_call(self.context, incident)
        script = call.script if call is not None else None
        if call is None or script is None or self.context.mode == "live":
            self.heard.show_words("", "", "", "")
            return
        answer = ""
        if question is not None:
            told = question.option(script.answers.get(question.question_id, UNKNOWN))
            answer = self.context.say((told or question.unknown).message)
        place = "" if incident.place.state is PlaceState.VERIFIED else script.address
        self.heard.show_words(script.statement, place, answer, call.language)

    def tick(self, now_us: int) -> None:
        """The card's clock."""
        self.card.tick(now_us)
