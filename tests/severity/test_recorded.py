"""Recorded calls: known by their columns, judged by time, never on what was learned from."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dispatch.domain.message import Problem
from dispatch.severity.command import evaluate, train
from dispatch.severity.complaint_text import text_tokens
from dispatch.severity.evaluate import evaluate_generated, evaluate_recorded
from dispatch.severity.metrics import auroc, ece, quadratic_kappa
from dispatch.severity.recorded import read_recorded
from dispatch.severity.recorded_model import train_recorded
from dispatch.words import LANGUAGES, say


def sf_rows(n: int, start: str, seed: int, first_call: int = 0) -> pd.DataFrame:
    """A feed with San Francisco's columns: code 3 calls of one district are the critical ones."""
    rng = np.random.default_rng(seed)
    received = pd.Timestamp(start) + pd.to_timedelta(np.arange(n) * 10, unit="min")
    code = rng.choice(["2", "3"], n)
    battalion = rng.choice(["B01", "B02"], n)
    chance = np.where((code == "3") & (battalion == "B02"), 0.5, 0.05)
    ends = np.where(rng.random(n) < chance, "Code 3 Transport", "Code 2 Transport")
    ends = np.where(rng.random(n) < 0.1, "Cancelled", ends)
    return pd.DataFrame(
        {
            "call_number": [str(first_call + at) for at in range(n)],
            "call_type": "Medical Incident",
            "original_priority": code,
            "call_final_disposition": ends,
            "received_dttm": received,
            "entry_dttm": received + pd.Timedelta("60s"),
            "battalion": battalion,
            "neighborhood": rng.choice(["Mission", "Marina"], n),
            "final_priority": code,
        }
    )


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    folder = tmp_path / "feed"
    folder.mkdir()
    calls = sf_rows(1_200, "2017-01-01", 1)
    pd.concat([calls, calls.head(300)]).to_csv(folder / "calls.csv.gz", index=False)
    (folder / "notes.txt").write_text("not a table")
    return folder


def test_that_a_feed_is_known_by_its_columns_and_a_call_counts_once(feed: Path) -> None:
    data = read_recorded(feed)
    assert data.schema == "sf_calls"
    assert len(data) + data.left_out == 1_200
    assert data.left_out > 50
    assert data.times_us is not None and np.all(np.diff(data.times_us) >= 0)
    used = " ".join(name for row in data.tokens for name in row)
    assert "final" not in used and "Transport" not in used


def test_that_without_a_model_the_earlier_part_teaches_and_the_later_judges(feed: Path) -> None:
    made = evaluate_recorded(feed)
    assert [note.id for note in made.notes] == ["severity.evaluate.split"]
    values = {figure.name: figure.value for figure in made.figures}
    assert values["sf.critical.auroc"] > 0.7 > values["sf.critical.auroc_lookup"]
    assert values["sf.missed_share"] <= values["sf.protocol.missed_share"]
    assert values["sf.calls"] == pytest.approx(270, abs=20)
    for figure in made.figures:
        if figure.low is not None:
            assert figure.low <= figure.value <= figure.high


def test_that_a_model_is_never_judged_on_calls_it_learned_from(feed: Path, tmp_path: Path) -> None:
    bundle = train_recorded(read_recorded(feed), tmp_path / "model")
    assert bundle.manifest.trained.first == "2017-01-01"
    with pytest.raises(Problem, match="overlap_all"):
        evaluate_recorded(feed, tmp_path / "model")
    later = tmp_path / "later.parquet"
    old = pd.read_csv(feed / "calls.csv.gz", dtype=str).head(100)
    new = sf_rows(800, "2018-01-01", 2, first_call=50_000).astype(str)
    pd.concat([old, new]).to_parquet(later)
    made = evaluate_recorded(later, tmp_path)  # picks the model of this kind below the folder
    assert [note.id for note in made.notes] == ["severity.evaluate.bundle", "severity.data.overlap"]
    values = {figure.name: figure.value for figure in made.figures}
    assert values["sf.bundle_sha"] == bundle.sha
    assert values["sf.calls"] <= 800
    assert values["sf.critical.auroc"] > 0.7


def test_that_a_model_of_another_kind_is_refused(feed: Path, small_bundle) -> None:
    with pytest.raises(Problem, match=r"bundle\.other_schema"):
        evaluate_recorded(feed, small_bundle.folder)


def _wrong_columns(folder: Path) -> None:
    table = pd.read_csv(folder / "calls.csv.gz").drop(columns=["call_final_disposition"])
    table.to_csv(folder / "calls.csv.gz", index=False)


def _broken_parquet(folder: Path) -> None:
    (folder / "calls.csv.gz").unlink()
    (folder / "calls.parquet").write_bytes(b"PAR1 and then nothing")


def _broken_gzip(folder: Path) -> None:
    data = (folder / "calls.csv.gz").read_bytes()
    (folder / "calls.csv.gz").write_bytes(data[: len(data) // 2])


def _only_mild(folder: Path) -> None:
    table = pd.read_csv(folder / "calls.csv.gz", dtype=str)
    table["call_final_disposition"] = "Code 2 Transport"
    table.to_csv(folder / "calls.csv.gz", index=False)


def _empty(folder: Path) -> None:
    (folder / "calls.csv.gz").unlink()


@pytest.mark.parametrize(
    ("harm", "expected"),
    [
        (_wrong_columns, "unknown_columns"),
        (_broken_parquet, "unreadable"),
        (_broken_gzip, "unreadable"),
        (_only_mild, "too_few"),
        (_empty, "empty"),
    ],
)
def test_that_bad_data_gives_one_clear_message_naming_the_file(feed: Path, harm, expected) -> None:
    harm(feed)
    with pytest.raises(Problem) as caught:
        evaluate_recorded(feed)
    assert caught.value.message.id == f"severity.data.{expected}"
    for language in LANGUAGES:
        assert str(feed) in say(caught.value.message, language)
    if expected == "unknown_columns":
        assert "call_final_disposition" in str(caught.value.message.values["missing"])


def test_that_a_missing_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"data\.missing"):
        evaluate_recorded(tmp_path / "nowhere")


def test_that_the_commands_print_figures_one_object_a_line(
    feed: Path, tmp_path: Path, capsys
) -> None:
    out = tmp_path / "bundle"
    assert train(argparse.Namespace(data=feed, output=out, seed=1, language="ko")) == 0
    assert "2017-01-01" in capsys.readouterr().out
    later = tmp_path / "later.csv"
    sf_rows(600, "2018-01-01", 3, first_call=90_000).to_csv(later, index=False)
    assert evaluate(argparse.Namespace(data=later, model=out, json=True)) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    names = {row["name"] for row in rows}
    assert {"sf.critical.auroc", "sf.missed_share", "sf.alert_share"} <= names
    assert {"generator.regret", "generator.auroc_gap"} <= names
    assert all({"name", "value", "unit", "against"} <= row.keys() for row in rows)
    assert evaluate(argparse.Namespace(data=later, model=out, json=False, language="ru")) == 0
    assert "sf.critical.auroc" in capsys.readouterr().out


def test_that_the_shipped_model_stays_near_the_oracle_on_calls_nobody_trained_on() -> None:
    from dispatch.resources import resource

    made = evaluate_generated(resource("models", "severity-default"), n=12_000)
    values = {figure.name: figure.value for figure in made.figures}
    assert values["generator.regret"] <= 0.03
    assert values["generator.auroc_gap"] <= 0.01


def test_that_the_figures_are_what_the_textbook_says() -> None:
    from sklearn.metrics import cohen_kappa_score, roc_auc_score

    rng = np.random.default_rng(5)
    truth, score = rng.random(300) < 0.3, np.round(rng.random(300), 1)
    assert auroc(truth, score) == pytest.approx(roc_auc_score(truth, score))
    ours, theirs = rng.integers(1, 6, 200), rng.integers(1, 6, 200)
    assert quadratic_kappa(ours, theirs) == pytest.approx(
        cohen_kappa_score(ours, theirs, weights="quadratic")
    )
    assert ece(np.array([True, False]), np.array([1.0, 0.0]), 2) == 0
    assert np.isnan(auroc(np.zeros(3, dtype=bool), score[:3]))


def test_that_complaint_text_is_folded_into_words_and_grams() -> None:
    row = text_tokens("chest pain")
    assert row["word=pain"] == 1.0 and "gram= pa" in row
    assert "gram=t p" not in row


def test_that_san_francisco_is_read_with_an_outcome_by_transport(shared: Path) -> None:
    data = read_recorded(shared / "data" / "sf_incidents")
    assert len(data) == 4_260 and data.left_out == 2_452
    assert int(data.critical.sum()) == 330
    made = evaluate_recorded(shared / "data" / "sf_incidents")
    values = {figure.name: figure.value for figure in made.figures}
    assert values["sf.critical.auroc"] > values["sf.critical.auroc_lookup"] > 0.6
    assert values["sf.missed_share"] < values["sf.protocol.missed_share"]


def test_that_brussels_and_ktas_are_read_without_what_came_afterwards(shared: Path) -> None:
    brussels = read_recorded(shared / "data" / "brussels_ems")
    assert len(brussels) == 20_691 and int(brussels.critical.sum()) == 2_300
    ktas = read_recorded(shared / "data" / "ktas_triage_text")
    assert len(ktas) == 963 and ktas.rank_count == 5 and ktas.times_us is None
    assert len(set(ktas.ids.tolist())) == 963
    kinds = {name.split("=")[0].rstrip(">") for row in ktas.tokens for name in row}
    assert kinds == {
        "word",
        "gram",
        "age",
        "sex",
        "injury",
        "arrival",
        "pain",
        "in_pain",
        "mental",
    }
