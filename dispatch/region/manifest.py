"""`pack.toml`: what the pack says of itself, read typed and written the same every time."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Annotated

import msgspec

from dispatch.domain.message import Problem
from dispatch.region.schema import FORMAT, READABLE, words

_Short = Annotated[str, msgspec.Meta(max_length=200)]
_Long = Annotated[str, msgspec.Meta(max_length=2_000)]
_Sha = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
_Count = Annotated[int, msgspec.Meta(ge=0, le=2**48)]

MANIFEST_CAP = 256 * 1024


class _Base(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Source(_Base, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the pack was built from. `kind`: osm, centrelines, graphml, generated."""

    kind: _Short
    file: _Short
    sha256: _Sha
    date: _Short = ""


class Layer(_Base, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table of the pack: its file, size, hash and licence."""

    file: _Short
    rows: _Count
    bytes: _Count
    sha256: _Sha
    licence: _Long = ""
    attribution: _Long = ""


class Doubt(_Base, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Something the build was not sure of: a message id of the catalogue and how many.

    `km` of road, where it is about roads; `examples` name a few in the source (`way 123`).
    """

    id: _Short
    n: _Count
    km: Annotated[float, msgspec.Meta(ge=0, le=1e9)] = 0.0
    examples: Annotated[tuple[_Short, ...], msgspec.Meta(max_length=10)] = ()


class Manifest(_Base, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`pack.toml`. `bounds` are west, south, east, north in degrees; `found` counts what the build
    found beside the rows of the layers (`road_km`, `streets` ...)."""

    format: int = FORMAT
    name: _Short
    bounds: tuple[float, float, float, float]
    time_zone: _Short
    time_zone_known: bool = True
    languages: Annotated[tuple[_Short, ...], msgspec.Meta(max_length=40)] = ()
    attribution: _Long = ""
    settlement: _Short = ""
    source: Source
    found: Annotated[dict[_Short, _Count], msgspec.Meta(max_length=60)] = {}
    layers: Annotated[tuple[Layer, ...], msgspec.Meta(max_length=20)] = ()
    doubtful: Annotated[tuple[Doubt, ...], msgspec.Meta(max_length=200)] = ()


def manifest_text(
    manifest: Manifest, layers: tuple[Layer, ...], doubtful: tuple[Doubt, ...]
) -> str:
    """The TOML text of a manifest with its layers and doubts, always in the same order."""
    data = msgspec.to_builtins(manifest)
    lines = []
    for key in words(
        "format name bounds time_zone time_zone_known languages attribution settlement"
    ):
        lines.append(f"{key} = {_value(data[key])}")
    lines += ["", "[source]"]
    lines += [f"{key} = {_value(value)}" for key, value in data["source"].items()]
    if data["found"]:
        lines += ["", "[found]"]
        lines += [f"{_value(key)} = {_value(n)}" for key, n in sorted(data["found"].items())]
    for title, entries in (("layers", layers), ("doubtful", doubtful)):
        for entry in entries:
            lines += ["", f"[[{title}]]"]
            lines += [f"{k} = {_value(v)}" for k, v in msgspec.to_builtins(entry).items()]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    # A JSON string is a TOML basic string, except that TOML wants DEL escaped too.
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return json.dumps(value)


def read_manifest(path: Path, content: bytes) -> Manifest:
    """Decode `pack.toml`; `path` is named in the `Problem` when it is not one."""
    if len(content) > MANIFEST_CAP:
        raise Problem("region.file_too_large", file=str(path), cap=MANIFEST_CAP)
    try:
        data = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise Problem("region.manifest_broken", file=str(path), what=str(error)) from error
    if isinstance(data.get("format"), int) and data["format"] not in READABLE:
        raise Problem("region.format", file=str(path), found=data["format"], expected=FORMAT)
    try:
        manifest = msgspec.convert(data, Manifest)
    except msgspec.ValidationError as error:
        raise Problem("region.manifest_broken", file=str(path), what=str(error)) from error
    west, south, east, north = manifest.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise Problem("region.manifest_broken", file=str(path), what="bounds")
    return manifest
