"""`vigil severity train` and `vigil severity evaluate`."""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

import msgspec

from dispatch.resources import resource
from dispatch.words import say


def _language(args: argparse.Namespace) -> str:
    return getattr(args, "language", None) or "en"


def train(args: argparse.Namespace) -> int:
    """Train a bundle and write it to `args.output`. Returns 0, raises `Problem`.

    From generated calls alone (`args.seed`), the kind that is shipped; with `args.data` an
    evaluation bundle from recorded calls, never shipped.
    """
    language = _language(args)
    data: Path | None = getattr(args, "data", None)
    if data is not None:
        from dispatch.severity.recorded import read_recorded
        from dispatch.severity.recorded_model import train_recorded

        calls = read_recorded(data)
        bundle = train_recorded(calls, args.output)
        trained = bundle.manifest.trained
        values = {"first": trained.first or "-", "last": trained.last or "-"}
        print(say("severity.train.real", language, n=len(calls), file=str(args.output), **values))
        return 0
    from dispatch.severity.train import train_generated

    bundle = train_generated(args.output, seed=args.seed)
    trained = bundle.manifest.trained
    print(
        say(
            "severity.train.done",
            language,
            n=trained.snapshots,
            cases=trained.cases,
            file=str(args.output),
        )
    )
    for name, value in sorted(bundle.manifest.metrics.items()):
        print(say("severity.evaluate.row_plain", language, name=name, value=value))
    return 0


def evaluate(args: argparse.Namespace) -> int:
    """Judge a model on the calls of `args.data`; returns 0, raises `Problem`.

    `args.model`: an evaluation bundle of the data's kind; without one a model is trained on the
    earlier part. The shipped model's figures on generated calls follow. `args.json` prints one
    object a line: name, value, unit, against, low, high.
    """
    from dispatch.severity.evaluate import evaluate_generated, evaluate_recorded

    language = _language(args)
    as_json = bool(getattr(args, "json", False))
    parts = [
        evaluate_recorded(args.data, getattr(args, "model", None)),
        evaluate_generated(resource("models", "severity-default")),
    ]
    for part in parts:
        for note in part.notes:
            # Beside the figures, never among them: a program reads one object a line.
            print(say(note, language), file=sys.stderr if as_json else sys.stdout)
        for figure in part.figures:
            if as_json:
                row = {
                    "name": figure.name,
                    "value": figure.value,
                    "unit": figure.unit,
                    "against": figure.against,
                }
                if figure.low is not None and figure.high is not None:
                    row |= {"low": figure.low, "high": figure.high}
                print(msgspec.json.encode(row).decode())
            elif figure.low is None or figure.high is None or math.isnan(figure.low):
                values = {"name": figure.name, "value": figure.value}
                print(say("severity.evaluate.row_plain", language, **values))
            else:
                print(
                    say(
                        "severity.evaluate.row",
                        language,
                        name=figure.name,
                        value=figure.value,
                        low=figure.low,
                        high=figure.high,
                    )
                )
    return 0
