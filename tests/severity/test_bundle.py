"""The model on disk: golden against scikit-learn, and hostile files refused."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dispatch.domain.message import Problem
from dispatch.resources import resource
from dispatch.severity.assessor import Assessor
from dispatch.severity.bundle import ANSWERS_SCHEMA, open_bundle
from dispatch.severity.bundle_write import write_bundle
from dispatch.severity.features import feature_code
from dispatch.severity.generator import CaseGenerator
from dispatch.severity.questions import UNKNOWN, QuestionBook
from dispatch.severity.snapshots import draw_snapshots
from dispatch.severity.train import calibrated, model_weights
from dispatch.words import LANGUAGES, say

BOOK = QuestionBook.shipped()


def test_that_the_workstation_computes_what_scikit_learn_computes(small_bundle, small_fit) -> None:
    generator, code = CaseGenerator.load(BOOK), feature_code(BOOK)
    part = draw_snapshots(generator, code, 600, 9, "golden", with_answers=True)
    expected = calibrated(small_fit.model, small_fit.calibration, part)
    assessor = Assessor(BOOK, small_bundle)
    spoke = 0
    for type_id, answers, row in zip(part.type_ids, part.answers, expected, strict=True):
        made = assessor.assess(
            incident_id="1", incident_version=1, as_of_us=5, type_id=str(type_id), answers=answers
        )
        known = any(option != UNKNOWN for option in answers.values())
        assert bool(made.at_least) == known
        if known:
            np.testing.assert_allclose(made.at_least, row, atol=1e-9, rtol=0)
            spoke += 1
    assert spoke > 300


def test_that_training_twice_gives_the_same_weights(small_bundle, small_fit) -> None:
    weights = model_weights(small_fit.model)
    assert np.array_equal(weights[:, :-1], small_bundle.coef)
    assert np.array_equal(weights[:, -1], small_bundle.intercept)
    assert np.array_equal(small_fit.calibration, small_bundle.calibration)


def test_that_weights_never_break_the_sign_of_their_feature(small_bundle) -> None:
    signs = np.array(small_bundle.manifest.signs)
    assert np.all(small_bundle.coef * signs >= 0)


def test_that_the_shipped_model_is_small_learned_from_generated_calls_and_near_the_oracle() -> None:
    folder = resource("models", "severity-default")
    bundle = open_bundle(folder, ANSWERS_SCHEMA)
    assert sum(file.stat().st_size for file in folder.iterdir()) <= 1_000_000
    assert bundle.manifest.trained.kind == "generated"
    assert bundle.manifest.metrics["generator.regret"] <= 0.03
    assert bundle.manifest.metrics["generator.auroc_gap"] <= 0.01
    assert bundle.code == feature_code(BOOK)
    assert len(bundle.read_calls()) == 0
    card = (folder / "card.md").read_text("utf-8")
    for language in LANGUAGES:
        assert say("severity.model_card.title", language) in card


def test_that_the_run_time_needs_numpy_alone() -> None:
    program = (
        "import sys; from dispatch.severity.assessor import Assessor; a = Assessor.open();"
        "assert a.bundle is not None;"
        "import dispatch.severity.generator, dispatch.severity.bench;"
        "found = {'sklearn', 'scipy', 'pandas', 'pyarrow'} & set(sys.modules); assert not found"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


@pytest.fixture
def copy(small_bundle, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small_bundle.folder, tmp_path / "copy"))


def _edit(folder: Path, change) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest), "utf-8")


def _rewrite(folder: Path, name: str, data: bytes) -> None:
    """Changes a file and its fingerprint, as somebody with write access would."""
    (folder / name).write_bytes(data)
    entry = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    _edit(folder, lambda manifest: manifest["files"].update({name: entry}))


def _flip(data: bytes) -> bytes:
    return data[:-3] + bytes([data[-3] ^ 1]) + data[-2:]


def _deny_pickle(folder: Path) -> None:
    path = folder / "weights.npy"
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    _rewrite(folder, "weights.npy", path.read_bytes())


def _wrong_sign(folder: Path) -> None:
    weights = np.load(folder / "weights.npy")
    _edit(folder, lambda m: m.update(signs=[-sign for sign in m["signs"]]))
    assert weights.any()


def _huge_header(folder: Path) -> None:
    data = (folder / "weights.npy").read_bytes()
    _rewrite(folder, "weights.npy", data.replace(b"(4, ", b"(4000000000000, ", 1))


HARM = {
    "no folder": (lambda f: shutil.rmtree(f), "missing"),
    "no manifest": (lambda f: (f / "manifest.json").unlink(), "missing"),
    "no weights": (lambda f: (f / "weights.npy").unlink(), "missing"),
    "tampered": (
        lambda f: (f / "weights.npy").write_bytes(_flip((f / "weights.npy").read_bytes())),
        "tampered",
    ),
    "truncated": (
        lambda f: (f / "weights.npy").write_bytes((f / "weights.npy").read_bytes()[:100]),
        "tampered",
    ),
    "card changed": (lambda f: (f / "card.md").write_text("trust me"), "tampered"),
    "manifest cut": (
        lambda f: (f / "manifest.json").write_bytes((f / "manifest.json").read_bytes()[:500]),
        "broken",
    ),
    "manifest nested": (lambda f: (f / "manifest.json").write_bytes(b"[" * 100_000), "broken"),
    "not an object": (lambda f: (f / "manifest.json").write_bytes(b"7"), "broken"),
    "newer": (lambda f: _edit(f, lambda m: m.update(format=99)), "newer"),
    "unknown field": (lambda f: _edit(f, lambda m: m.update(extra=1)), "broken"),
    "path outside": (
        lambda f: _edit(f, lambda m: m["files"].update({"../../x": m["files"]["weights.npy"]})),
        "broken",
    ),
    "code outside": (
        lambda f: _edit(f, lambda m: m["types"]["fire"].update(own=100_000)),
        "broken",
    ),
    "other schema": (lambda f: _edit(f, lambda m: m.update(schema="sf_calls")), "other_schema"),
    "pickle": (_deny_pickle, "broken"),
    "wrong sign": (_wrong_sign, "broken"),
    "huge header": (_huge_header, "broken"),
}


@pytest.mark.parametrize("name", HARM)
def test_that_a_harmed_model_is_refused_and_dispatch_goes_on_by_protocol(
    copy: Path, name: str
) -> None:
    harm, expected = HARM[name]
    harm(copy)
    with pytest.raises(Problem) as caught:
        open_bundle(copy, ANSWERS_SCHEMA)
    assert caught.value.message.id == f"severity.bundle.{expected}"
    assert str(copy) in str(caught.value.message.values["file"])
    assessor = Assessor.open(BOOK, copy)
    assert assessor.bundle is None
    assert assessor.status.id == "severity.status.fallback"
    made = assessor.assess(
        incident_id="1",
        incident_version=1,
        as_of_us=1,
        type_id="injury",
        answers={"bleeding": "heavy"},
    )
    assert made.shown.value == "L1" and made.at_least == () and made.bundle_sha == ""
    assert made.abstained is not None


def test_that_training_never_overwrites_what_is_not_a_model(small_bundle, tmp_path: Path) -> None:
    folder = tmp_path / "thesis"
    folder.mkdir()
    (folder / "chapter1.txt").write_text("ten years of work")
    weights = np.hstack([small_bundle.coef, small_bundle.intercept[:, None]])
    with pytest.raises(Problem, match="in_the_way"):
        write_bundle(folder, small_bundle.manifest, weights, small_bundle.calibration, {})
    assert (folder / "chapter1.txt").read_text() == "ten years of work"
    blocked = tmp_path / "file"
    blocked.write_text("x")
    with pytest.raises(Problem, match="unwritable"):
        write_bundle(
            blocked / "model", small_bundle.manifest, weights, small_bundle.calibration, {}
        )
