"""Recorded calls with an outcome, known by their columns, as tokens a model can learn from.

Three kinds are known. Only what a call-taker could know at the time becomes a token; everything
after the fact stays out, and every label says what it is:

* `sf_calls` (San Francisco fire department): one call per `call_number`. Critical = taken to
  hospital under lights ("Code 3 Transport") or left to the medical examiner. Not critical = any
  other known end of a patient (code 2 transport, against advice, declined). Everything else
  (cancelled, gone, not found, no merit, fire, police) says nothing about a patient: missing, not
  mild. Used: type, call-taker's first code, place, hour, seconds to entry. Not used: `priority`,
  `final_priority`, `call_type_group`, `als_unit`, units and every later time.
* `brussels_112`: one mission per `mission_id`; critical = level 01 (physician car), which is the
  call-taker's level, not an outcome.
* `ktas_visits`: one emergency visit per row; level 1-5 of three experts; complaint text and what
  can be asked on a telephone. No vital signs, nothing of the hospital, nothing afterwards.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from dispatch.domain.message import Problem
from dispatch.severity.complaint_text import Tokens, fold_text, text_tokens

LIMIT_BYTES = 500_000_000
SUFFIXES = (".parquet", ".csv", ".csv.gz")

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Recorded:
    """Calls with an outcome, in the order of their time.

    `ids`: hash of the call's own id; `times_us` None where the data has no time (local clock, no
    zone, as published). `ranks`: 1 = most severe .. `rank_count`; critical is `ranks <=
    critical_rank`. `lookup`: the key of the look-up baseline; `protocol`: whether the call-taker's
    own code calls it an emergency, None where there is none. `left_out`: rows without a usable
    outcome or value.
    """

    schema: str
    prefix: str
    files: tuple[Path, ...]
    ids: npt.NDArray[np.uint64]
    times_us: Ints | None
    ranks: Ints
    rank_count: int
    critical_rank: int
    tokens: tuple[Tokens, ...]
    lookup: npt.NDArray[np.str_]
    protocol: Bools | None
    left_out: int

    @property
    def critical(self) -> Bools:
        """Whether each call was critical."""
        return np.asarray(self.ranks <= self.critical_rank)

    def __len__(self) -> int:
        return len(self.ranks)

    def take(self, rows: Ints) -> Recorded:
        """Some of the calls."""
        return Recorded(
            schema=self.schema,
            prefix=self.prefix,
            files=self.files,
            ids=self.ids[rows],
            times_us=None if self.times_us is None else self.times_us[rows],
            ranks=self.ranks[rows],
            rank_count=self.rank_count,
            critical_rank=self.critical_rank,
            tokens=tuple(self.tokens[row] for row in rows),
            lookup=self.lookup[rows],
            protocol=None if self.protocol is None else self.protocol[rows],
            left_out=self.left_out,
        )

    def period(self) -> tuple[str, str]:
        """First and last day, empty where the data has no time."""
        if self.times_us is None or not len(self):
            return "", ""
        days = [pd.Timestamp(int(t), unit="us").date().isoformat() for t in self.times_us[[0, -1]]]
        return days[0], days[1]


@dataclass(frozen=True)
class Schema:
    """A known kind of data: the columns it is known by and how to read them."""

    name: str
    columns: tuple[str, ...]
    read: Callable[[pd.DataFrame, tuple[Path, ...]], Recorded]


def read_recorded(path: Path) -> Recorded:
    """The calls of a file or folder, whatever known kind they are.

    Raises `Problem("severity.data.missing" | ".empty" | ".unreadable" | ".unknown_columns")`.
    """
    if not path.exists():
        raise Problem("severity.data.missing", file=str(path))
    files = [path] if path.is_file() else sorted(each for each in path.iterdir() if each.is_file())
    tables = [file for file in files if file.name.lower().endswith(SUFFIXES)]
    if not tables:
        raise Problem("severity.data.empty", file=str(path))
    missing: dict[str, list[str]] = {}
    found: dict[str, list[Path]] = {}
    for file in tables:
        columns = _columns(file)
        for schema in SCHEMAS:
            lacking = [column for column in schema.columns if column not in columns]
            if not lacking:
                found.setdefault(schema.name, []).append(file)
            elif len(lacking) < len(missing.get(schema.name, schema.columns)):
                missing[schema.name] = lacking
    if not found:
        near = min(missing.items(), key=lambda row: len(row[1]), default=("", []))
        raise Problem(
            "severity.data.unknown_columns",
            file=str(path),
            known=", ".join(schema.name for schema in SCHEMAS),
            missing=f"{near[0]}: {', '.join(near[1])}" if near[1] else "-",
        )
    if len(found) > 1:
        raise Problem("severity.data.several_kinds", file=str(path), known=", ".join(sorted(found)))
    schema = next(each for each in SCHEMAS if each.name in found)
    paths = tuple(found[schema.name])
    frame = pd.concat([_table(file, schema.columns) for file in paths], ignore_index=True)
    return schema.read(frame, paths)


def _columns(file: Path) -> set[str]:
    if file.stat().st_size > LIMIT_BYTES:
        raise _unreadable(file, f"larger than {LIMIT_BYTES} bytes")
    try:
        if file.suffix == ".parquet":
            import pyarrow.parquet as parquet

            return set(parquet.read_schema(file).names)
        return set(pd.read_csv(file, nrows=0, encoding_errors="replace").columns)
    except Exception as error:
        # Whatever a foreign reader throws at broken bytes, the person needs the file's name.
        raise _unreadable(file, f"{type(error).__name__}: {error}") from error


def _table(file: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    try:
        if file.suffix == ".parquet":
            return pd.read_parquet(file, columns=list(columns))
        return pd.read_csv(
            file, usecols=list(columns), dtype=str, encoding_errors="replace", low_memory=False
        )
    except Exception as error:
        raise _unreadable(file, f"{type(error).__name__}: {error}") from error


def _unreadable(file: Path, what: str) -> Problem:
    return Problem("severity.data.unreadable", file=str(file), what=what[:200])


def _ids(schema: str, values: pd.Series) -> npt.NDArray[np.uint64]:
    digests = [hashlib.sha256(f"{schema}|{each}".encode()).digest()[:8] for each in values]
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)


def _micros(times: pd.Series) -> Ints:
    return np.asarray(times.astype("datetime64[us]").astype("int64"), dtype=np.int64)


# --- San Francisco ------------------------------------------------------------------------------

SF_CRITICAL = ("Code 3 Transport", "Medical Examiner")
SF_KNOWN = (
    *SF_CRITICAL,
    "Code 2 Transport",
    "Against Medical Advice",
    "Patient Declined Transport",
)
# The call-taker's first code: 3 is the emergency code; of the letters, E and C are its peers.
SF_CODE_CLASS = {"3": "emergency", "C": "emergency", "D": "emergency", "E": "highest"}
_SF = (
    "call_number",
    "call_type",
    "original_priority",
    "call_final_disposition",
    "received_dttm",
    "entry_dttm",
    "battalion",
    "neighborhood",
)
_SF_ENTRY_S = (5, 20, 32, 45, 70, 100, 140, 200, 300)


def _read_sf(frame: pd.DataFrame, files: tuple[Path, ...]) -> Recorded:
    rows = len(frame)
    for column in ("received_dttm", "entry_dttm"):
        frame[column] = pd.to_datetime(frame[column], errors="coerce")
    frame = frame.dropna(subset=["call_number", "received_dttm"])
    frame = frame.drop_duplicates("call_number").copy()
    calls = len(frame)
    frame = frame[frame["call_final_disposition"].isin(SF_KNOWN)]
    frame = frame.sort_values(["received_dttm", "call_number"]).reset_index(drop=True)
    code = frame["original_priority"].fillna("?").astype(str).str.strip().str.upper()
    code_class = code.map(SF_CODE_CLASS).fillna("other")
    kind = frame["call_type"].fillna("?").astype(str)
    waited_s = (frame["entry_dttm"] - frame["received_dttm"]).dt.total_seconds()
    tokens = [
        _sf_tokens(*row)
        for row in zip(
            kind,
            code,
            code_class,
            frame["battalion"].fillna("?").astype(str),
            frame["neighborhood"].fillna("?").astype(str),
            frame["received_dttm"].dt.hour,
            waited_s,
            strict=True,
        )
    ]
    critical = frame["call_final_disposition"].isin(SF_CRITICAL).to_numpy()
    return Recorded(
        schema="sf_calls",
        prefix="sf",
        files=files,
        ids=_ids("sf_calls", frame["call_number"]),
        times_us=_micros(frame["received_dttm"]),
        ranks=np.where(critical, 1, 2).astype(np.int64),
        rank_count=2,
        critical_rank=1,
        tokens=tuple(tokens),
        lookup=(kind + "|" + code).to_numpy(dtype=str),
        protocol=(code_class != "other").to_numpy(),
        left_out=calls - len(frame) if rows else 0,
    )


def _sf_tokens(
    kind: str,
    code: str,
    code_class: str,
    battalion: str,
    neighborhood: str,
    hour: int,
    waited_s: float,
) -> Tokens:
    band = "?" if not waited_s >= 0 else str(sum(waited_s > edge for edge in _SF_ENTRY_S))
    names = (
        f"type={kind}",
        f"code={code}",
        f"class={code_class}",
        f"battalion={battalion}",
        f"battalion,class={battalion},{code_class}",
        f"neighborhood={neighborhood}",
        f"hour={hour // 4}",
        f"entry={band}",
        f"entry,class={band},{code_class}",
    )
    return dict.fromkeys(names, 1.0)


# --- Brussels -----------------------------------------------------------------------------------

_BRUSSELS = ("mission_id", "event_level", "protocol_code", "t0")


def _read_brussels(frame: pd.DataFrame, files: tuple[Path, ...]) -> Recorded:
    frame["t0"] = pd.to_datetime(frame["t0"], errors="coerce")
    frame = frame.dropna(subset=["mission_id", "t0"]).drop_duplicates("mission_id")
    missions = len(frame)
    level = frame["event_level"].astype("string").str.strip().str.zfill(2)
    frame = frame.assign(event_level=level)
    frame = frame[frame["event_level"].notna() & frame["protocol_code"].notna()]
    frame = frame.sort_values(["t0", "mission_id"]).reset_index(drop=True)
    code = frame["protocol_code"].astype(str).str.strip().str.zfill(3)
    # Post codes and the night add nothing on later weeks: tried, and left out.
    tokens = [
        {f"code={each}": 1.0, f"hour={hour // 4}": 1.0}
        for each, hour in zip(code, frame["t0"].dt.hour, strict=True)
    ]
    critical = (frame["event_level"] == "01").to_numpy(dtype=bool)
    return Recorded(
        schema="brussels_112",
        prefix="brussels",
        files=files,
        ids=_ids("brussels_112", frame["mission_id"].astype(str)),
        times_us=_micros(frame["t0"]),
        ranks=np.where(critical, 1, 2).astype(np.int64),
        rank_count=2,
        critical_rank=1,
        tokens=tuple(tokens),
        lookup=code.to_numpy(dtype=str),
        protocol=None,
        left_out=missions - len(frame),
    )


# --- KTAS ---------------------------------------------------------------------------------------

_KTAS = (
    "Chief_complain",
    "KTAS_expert",
    "Age",
    "Sex",
    "Arrival mode",
    "Injury",
    "Mental",
    "Pain",
    "NRS_pain",
)


def _read_ktas(frame: pd.DataFrame, files: tuple[Path, ...]) -> Recorded:
    rows = len(frame)
    numbers = {
        column: pd.to_numeric(frame[column], errors="coerce")
        for column in _KTAS
        if column != "Chief_complain"
    }
    good = numbers["KTAS_expert"].isin([1, 2, 3, 4, 5]) & frame["Chief_complain"].notna()
    frame = frame[good]
    numbers = {column: values[good] for column, values in numbers.items()}
    texts = [fold_text(str(text)) for text in frame["Chief_complain"]]
    order = [
        "|".join(str(frame[column].iloc[row]) for column in _KTAS) for row in range(len(frame))
    ]
    # The same words may come twice: a visit is told from another by all it says, and a count.
    seen: dict[str, int] = {}
    keys = []
    for each in order:
        seen[each] = seen.get(each, 0) + 1
        keys.append(f"{each}|{seen[each]}")
    tokens = []
    for row, text in enumerate(texts):
        values = {column: float(numbers[column].iloc[row]) for column in numbers}
        tokens.append({**text_tokens(text), **_ktas_tokens(values)})
    return Recorded(
        schema="ktas_visits",
        prefix="ktas",
        files=files,
        ids=_ids("ktas_visits", pd.Series(keys, dtype=str)),
        times_us=None,
        ranks=numbers["KTAS_expert"].to_numpy(dtype=np.int64),
        rank_count=5,
        critical_rank=2,
        tokens=tuple(tokens),
        lookup=np.array(texts, dtype=str),
        protocol=None,
        left_out=rows - len(frame),
    )


def _ktas_tokens(values: dict[str, float]) -> Tokens:
    def band(column: str, edges: tuple[float, ...]) -> str:
        value = values[column]
        return "?" if value != value else str(sum(value >= edge for edge in edges))

    names = [
        f"age={band('Age', (20, 40, 55, 65, 75, 85))}",
        f"sex={band('Sex', (2,))}",
        f"injury={band('Injury', (2,))}",
        f"arrival={band('Arrival mode', (2, 3, 4, 5))}",
        f"pain={band('NRS_pain', (1, 4, 5, 7))}",
        f"in_pain={band('Pain', (1,))}",
    ]
    names += [f"mental>={step}" for step in (2, 3, 4) if values["Mental"] >= step]
    names += [f"age>={step}" for step in (50, 65, 75) if values["Age"] >= step]
    return dict.fromkeys(names, 1.0)


SCHEMAS = (
    Schema("sf_calls", _SF, _read_sf),
    Schema("brussels_112", _BRUSSELS, _read_brussels),
    Schema("ktas_visits", _KTAS, _read_ktas),
)
