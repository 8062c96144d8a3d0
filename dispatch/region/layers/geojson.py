"""GeoJSON (RFC 7946), with the older `crs` member and one feature a line where a file has them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import shapely

from dispatch.region.layers.sheet import (
    COLUMN_CAP,
    JSON_CAP,
    WGS84,
    Sheet,
    require_rows,
    require_size,
    text_of,
    unreadable,
)


def read_geojson(file: Path, content: bytes) -> Sheet:
    """The features of a GeoJSON text. Raises `Problem("layers.unreadable")` and those of size."""
    require_size(file, len(content), JSON_CAP)
    try:
        text = content.decode("utf-8-sig")
        features, crs = _features(file, text)
        columns: dict[str, None] = {}
        rows: list[dict[str, str]] = []
        shapes: list[Any] = []
        require_rows(file, len(features))
        for feature in features:
            if not isinstance(feature, dict):
                raise unreadable(file, "GeoJSON")
            properties = feature.get("properties") or {}
            if not isinstance(properties, dict):
                raise unreadable(file, "GeoJSON: properties")
            if "id" in feature and "id" not in properties:
                properties = {"id": feature["id"], **properties}
            if len(columns) < COLUMN_CAP:
                columns.update(dict.fromkeys(list(properties)[:COLUMN_CAP]))
            rows.append({str(key): _cell(value) for key, value in properties.items()})
            shapes.append(_shape(feature.get("geometry")))
    except (ValueError, RecursionError, TypeError) as error:
        raise unreadable(file, error) from error
    places = list(range(1, len(rows) + 1))
    return Sheet(file, "geojson", tuple(columns), rows, places, shapes, crs)


def _features(file: Path, text: str) -> tuple[list[Any], str | None]:
    try:
        data = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError:
        data = list(_lines(text))
    if isinstance(data, list):
        return data, WGS84
    if not isinstance(data, dict):
        raise unreadable(file, "GeoJSON")
    kind = data.get("type")
    if kind == "FeatureCollection" and isinstance(data.get("features"), list):
        return data["features"], _crs(data.get("crs"))
    if kind == "Feature":
        return [data], _crs(data.get("crs"))
    raise unreadable(file, f"GeoJSON: {kind}")


def _lines(text: str) -> Iterator[Any]:
    """One feature a line, with the record separator of RFC 8142 or without."""
    for line in text.splitlines():
        if bare := line.strip().lstrip("\x1e"):
            yield json.loads(bare, parse_constant=_no_constant)


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _crs(member: Any) -> str | None:
    """The old `crs` member; without one GeoJSON is WGS 84 by definition."""
    if member is None:
        return WGS84
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return str(name) if name else None


def _cell(value: Any) -> str:
    if isinstance(value, list | dict):
        return text_of(json.dumps(value, ensure_ascii=False))
    return text_of(value)


def _shape(geometry: Any) -> Any:
    if not isinstance(geometry, dict):
        return None
    shape = shapely.from_geojson(json.dumps(geometry), on_invalid="ignore")
    return None if shape is None else shapely.force_2d(shape)
