"""How bad, how sure and why: rules, protocol and model joined for one incident at one moment.

`shown = most_severe(safety floor, protocol, model upgrade)`: the model may raise, never lower.
The model is a set of additive terms: each answer's term is a sum of integers in millionths,
scaled by the calibrator of its stage, so the reasons add up exactly to the log-odds shown.
Works without a model (protocol only) and says so in `status`. numpy alone.
"""

from __future__ import annotations

import hashlib
import logging
import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from dispatch.domain.advice import Assessment, Reason
from dispatch.domain.level import Level, most_severe
from dispatch.domain.message import Message, Problem
from dispatch.resources import resource
from dispatch.severity.bundle import ANSWERS_SCHEMA, MICRO, Bundle, open_bundle
from dispatch.severity.features import Answered, Term, as_of, stage, terms
from dispatch.severity.floor import FLOOR_VERSION, Floor, added_floor, safety_floor
from dispatch.severity.protocol import protocol_level
from dispatch.severity.questions import UNKNOWN, CallType, Question, QuestionBook

MOST_REASONS = 5
# A call of no known type is treated as serious until somebody says what it is.
UNTYPED = Level.L2
CRITICAL = 1  # index of the threshold P(at least L2)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Spoken:
    """What the model says: P(at least Lk), its terms, and the stage it spoke at."""

    at_least: tuple[float, ...]
    terms: list[Term]
    stage: int


class Assessor:
    """Assesses incidents with a question book and, where there is one, a model."""

    def __init__(
        self,
        book: QuestionBook,
        bundle: Bundle | None = None,
        *,
        miss_weight: float | None = None,
        status: Message | None = None,
    ) -> None:
        """`miss_weight`: how many false alarms one missed critical call is worth.

        A supervisor's choice from the trade-off curve of the model card; None takes the bundle's.
        """
        self.book = book
        self.bundle = bundle
        if bundle is None:
            self.status = status or Message("severity.status.off")
            self._coef: list[list[int]] = []
            return
        self.status = Message("severity.status.ready", {"version": bundle.manifest.version})
        # Plain integers: for one call they are faster than arrays, and exact.
        self._coef = [[int(w) for w in row] for row in bundle.coef]
        self._intercept = [int(w) for w in bundle.intercept]
        self._calibration = bundle.calibration.tolist()
        self._thresholds = list(bundle.manifest.thresholds)
        if miss_weight is not None:
            self._thresholds[CRITICAL] = 1.0 / (1.0 + miss_weight)

    @staticmethod
    def open(book: QuestionBook | None = None, folder: Path | None = None) -> Assessor:
        """The assessor of a bundle folder (default: the shipped one).

        A missing, broken or tampered bundle never stops dispatch: protocol only, with a banner in
        `status`.
        """
        book = book or QuestionBook.shipped()
        folder = folder or resource("models", "severity-default")
        try:
            return Assessor(book, open_bundle(folder, ANSWERS_SCHEMA))
        except Problem as problem:
            log.error("severity model unusable: %s", problem)
            why = Message("severity.status.fallback", {"why": str(problem)[:300]})
            return Assessor(book, None, status=why)

    @property
    def versions(self) -> dict[str, str]:
        """What an assessment was made with, for its fact."""
        return {
            "book": self.book.version,
            "book_sha": self.book.sha[:16],
            "floor": FLOOR_VERSION,
            "model": self.bundle.manifest.version if self.bundle else "none",
        }

    def assess(
        self,
        *,
        incident_id: str,
        incident_version: int,
        as_of_us: int,
        type_id: str,
        answers: Mapping[str, str | tuple[str, int]],
        extras: Iterable[str] = (),
    ) -> Assessment:
        """The assessment of an incident as known at `as_of_us` (microseconds UTC).

        `answers`: question id -> option id, or (option id, recorded at). `extras`: concepts heard
        outside the questions (`call_dropped`, `distress_heard`, `crew_in_distress`). Raises
        `Problem("severity.answer.future")` for anything recorded after `as_of_us`.
        """
        began = time.perf_counter()
        given = as_of(answers, as_of_us)
        heard = tuple(sorted(set(extras)))
        call_type = self.book.type(type_id) if self.book.has_type(type_id) else None
        floor = safety_floor(self.book.concepts(type_id, given.answers, heard))
        protocol = protocol_level(call_type, given.answers).level if call_type else None
        rules = most_severe(floor.level, protocol) or UNTYPED
        spoken, abstained = self._speak(call_type, given)
        model_level = self._model_level(spoken.at_least) if spoken else None
        upgrade = model_level is not None and not rules.is_at_least(model_level)
        following = self._next(call_type, given, heard, rules, spoken)
        shown = most_severe(rules, model_level) if upgrade else rules
        return Assessment(
            incident_id=incident_id,
            incident_version=incident_version,
            as_of_us=as_of_us,
            type_id=type_id,
            inputs_sha=_inputs_sha(type_id, given.answers, heard),
            bundle_sha=self.bundle.sha if self.bundle else "",
            versions=self.versions,
            floor=floor.level,
            floor_rules=_floor_messages(floor),
            protocol=protocol,
            model_level=model_level,
            model_upgrade=upgrade,
            at_least=spoken.at_least if spoken else (),
            reasons=self._reasons(call_type, spoken) if call_type and spoken else (),
            abstained=abstained,
            next_question=following.question_id if following else None,
            shown=shown or rules,
            took_ms=(time.perf_counter() - began) * 1000,
        )

    def _speak(
        self, call_type: CallType | None, given: Answered
    ) -> tuple[_Spoken | None, Message | None]:
        """What the model says, or why it does not."""
        if self.bundle is None:
            return None, Message("severity.abstain.no_model")
        code = self.bundle.code.types.get(call_type.type_id) if call_type else None
        if call_type is None or code is None:
            return None, Message("severity.abstain.unseen_type")
        found = terms(code, call_type, given.answers)
        if found is None or any(
            question_id in code.questions
            and option_id != UNKNOWN
            and option_id not in code.questions[question_id]
            for question_id, option_id in given.answers.items()
        ):
            return None, Message("severity.abstain.unseen_answer")
        if not found:
            return None, Message("severity.abstain.too_little")
        active = [code.own, *(each for term in found for each in term.features)]
        at = min(stage(call_type, given.answers), self.bundle.manifest.stages - 1)
        return _Spoken(self._at_least(active, at), found, at), None

    def _at_least(self, active: list[int], at: int) -> tuple[float, ...]:
        """P(at least Lk) for the active features at a stage, made non-crossing."""
        reached = 0.0
        row: list[float] = []
        for k, weights in enumerate(self._coef):
            total = self._intercept[k] + sum(weights[index] for index in active)
            slope, offset = self._calibration[at][k]
            reached = max(reached, _sigmoid(slope * (total / MICRO) + offset))
            row.append(reached)
        return tuple(row)

    def _critical_after(self, totals: list[int], added: list[int], at: int) -> float:
        """P(critical) when `added` features join those summed in `totals`."""
        reached = 0.0
        for k, total in enumerate(totals):
            slope, offset = self._calibration[at][k]
            whole = total + sum(self._coef[k][index] for index in added)
            reached = max(reached, _sigmoid(slope * (whole / MICRO) + offset))
        return reached

    def _model_level(self, at_least: tuple[float, ...]) -> Level:
        for k, p in enumerate(at_least):
            if p >= self._thresholds[k]:
                return Level.of_rank(k + 1)
        return Level.of_rank(len(at_least) + 1)

    def _reasons(self, call_type: CallType, spoken: _Spoken) -> tuple[Reason, ...]:
        """The largest additive terms of the log-odds of a critical call, in words."""
        assert self.bundle is not None
        slope = self._calibration[spoken.stage][CRITICAL][0]
        weights = self._coef[CRITICAL]
        own = self.bundle.code.types[call_type.type_id].own
        rows = [Reason(message=call_type.name, weight=slope * weights[own] / MICRO)]
        for term in spoken.terms:
            question = call_type.question(term.question_id)
            option = question.option(term.option_id) if question else None
            if option is not None:
                total = sum(weights[index] for index in term.features)
                rows.append(Reason(message=option.reason, weight=slope * total / MICRO))
        rows = [row for row in rows if row.weight != 0]
        rows.sort(key=lambda row: -abs(row.weight))
        return tuple(rows[:MOST_REASONS])

    def _next(
        self,
        call_type: CallType | None,
        given: Answered,
        heard: tuple[str, ...],
        rules: Level,
        spoken: _Spoken | None,
    ) -> Question | None:
        """The open question that most lowers the chance of a missed critical call.

        Expected miss after asking = sum over options of P(option) P(critical | option), counted
        only where neither rules nor model would then show L1 or L2. Protocol order while there is
        nothing to choose by, or once the call is critical anyway.
        """
        if call_type is None:
            return None
        first = call_type.next_unanswered(given.answers)
        if first is None or spoken is None or self.bundle is None or rules.is_critical:
            return first
        shares = self.bundle.manifest.options.get(call_type.type_id, {})
        code = self.bundle.code.types[call_type.type_id]
        active = {code.own, *(each for term in spoken.terms for each in term.features)}
        base = self.book.concepts(call_type.type_id, given.answers, heard)
        at = min(spoken.stage + 1, self.bundle.manifest.stages - 1)
        p = spoken.at_least[CRITICAL]
        if p >= self._thresholds[CRITICAL]:
            return first
        totals = [
            self._intercept[k] + sum(self._coef[k][index] for index in active)
            for k in range(CRITICAL + 1)
        ]
        best, best_miss = first, p - 1e-4
        for question in call_type.questions:
            row = shares.get(question.question_id)
            if row is None or question.question_id in given.answers:
                continue
            if not question.is_open(given.answers):
                continue
            raising = [
                rule
                for rule in call_type.raises
                if rule.level.is_critical and question.question_id in rule.when
            ]
            miss = 0.0
            weight = 0.0
            for option in question.options:
                mild, critical = row.get(option.option_id, (0.0, 0.0))
                chance = p * critical + (1 - p) * mild
                weight += chance
                if added_floor(base, option.concepts):
                    continue
                after = {**given.answers, question.question_id: option.option_id}
                if any(rule.holds(after) for rule in raising):
                    continue
                features = code.questions[question.question_id].get(option.option_id, ())
                added = [each for each in features if each not in active]
                then = self._critical_after(totals, added, at)
                if then < self._thresholds[CRITICAL]:
                    miss += chance * then
            if weight > 0 and miss / weight < best_miss:
                best, best_miss = question, miss / weight
        return best


def _floor_messages(floor: Floor) -> tuple[Message, ...]:
    ordered = sorted(floor.rules, key=lambda rule: rule.level.rank)
    return tuple(rule.message for rule in ordered)


def _inputs_sha(type_id: str, answers: dict[str, str], heard: tuple[str, ...]) -> str:
    text = msgspec.json.encode([type_id, sorted(answers.items()), heard])
    return hashlib.sha256(text).hexdigest()


def _sigmoid(z: float) -> float:
    return 0.5 * (1.0 + math.tanh(0.5 * z))
