"""Where the rows of a layer lie on Earth: any coordinate system to degrees, nothing guessed unsaid.

A system comes from who runs the import, else from the file, else from names that mean degrees.
Where none of these says it, or the places it gives lie outside the region, the problem names the
systems that would fit, for a person to choose.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from dispatch.domain.message import Problem
from dispatch.region.layers.sheet import VERTEX_CAP, WGS84, Sheet

Bounds = tuple[float, float, float, float]
_EARTH: Bounds = (-180.0, -90.0, 180.0, 90.0)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,2})?")
#: So many points decide whether a system fits; so many fitting ones are named.
_SAMPLE = 25
_NAMED = 5
_TRIED = 160


@dataclass(frozen=True)
class Placed:
    """Shapes in degrees (WGS 84, longitude first), None where a row has none that can be read.

    `unread` maps rows to the column (and cell) that cannot be read; `system` is what was used.
    """

    shapes: list[Any]
    unread: dict[int, tuple[str, str]]
    system: str


def number_of(text: str) -> float | None:
    """A number as people write it: `43.25`, `43,25`, `4 790 000,5`, `1,234,567.8`; else None."""
    bare = re.sub(r"[\s'’]", "", text).replace("−", "-")
    if bare.count(",") == 1 and "." not in bare:
        bare = bare.replace(",", ".")
    elif "," in bare and "." in bare:
        last = max(bare.rfind(","), bare.rfind("."))
        bare = re.sub(r"[.,]", "", bare[:last]) + "." + bare[last + 1 :]
    return float(bare) if _NUMBER.fullmatch(bare) else None


def place_rows(
    sheet: Sheet,
    fields: Mapping[str, str],
    *,
    crs: str | None = None,
    swap: bool = False,
    bounds: Bounds | None = None,
) -> Placed:
    """The shapes of all rows.

    `fields` maps our `lon`, `lat`, `x`, `y`, `wkt` to columns; `bounds` is the region's box.
    Raises `Problem`: `layers.no_place`, `layers.no_crs`, `layers.bad_crs`, `layers.swapped`,
    `layers.elsewhere`.
    """
    shapes, unread, said = _shapes(sheet, fields)
    if swap:
        shapes = [None if shape is None else _swapped(shape) for shape in shapes]
    points = _centres(shapes)
    if not len(points):
        return Placed(shapes, unread, crs or said or WGS84)
    if _vertices(shapes) > VERTEX_CAP:
        raise Problem("layers.too_many_rows", file=str(sheet.file), cap=VERTEX_CAP)
    system = crs or said
    if system is None:
        system = _meant(sheet.file, points, fields, bounds)
    shapes = to_degrees(sheet.file, shapes, system)
    _require_here(sheet.file, shapes, points, bounds, swap=swap)
    return Placed(shapes, unread, system_name(sheet.file, system))


def _shapes(
    sheet: Sheet, fields: Mapping[str, str]
) -> tuple[list[Any], dict[int, tuple[str, str]], str | None]:
    """(shapes, unreadable rows, coordinate system where it is known)."""
    if sheet.shapes is not None and any(shape is not None for shape in sheet.shapes):
        return list(sheet.shapes), {}, sheet.crs
    if "wkt" in fields:
        return _from_text(sheet, fields["wkt"])
    for across, along, system in (("lon", "lat", WGS84), ("x", "y", None)):
        if across in fields and along in fields:
            shapes, unread = _from_numbers(sheet, fields[across], fields[along])
            fits = all(
                s is None or (abs(s.x) <= 180 and abs(s.y) <= 180) for s in shapes
            )  # degrees, be they swapped
            return shapes, unread, system if fits else None
    raise Problem("layers.no_place", file=str(sheet.file), found=", ".join(sheet.columns)[:300])


def _from_numbers(
    sheet: Sheet, across: str, along: str
) -> tuple[list[Any], dict[int, tuple[str, str]]]:
    shapes: list[Any] = []
    unread: dict[int, tuple[str, str]] = {}
    for i, row in enumerate(sheet.rows):
        pair = []
        for column in (across, along):
            cell = row.get(column, "")
            value = number_of(cell)
            if value is None or not np.isfinite(value):
                unread.setdefault(i, (column, cell))
            else:
                pair.append(value)
        shapes.append(shapely.Point(*pair) if len(pair) == 2 else None)
    return shapes, unread


def _from_text(
    sheet: Sheet, column: str
) -> tuple[list[Any], dict[int, tuple[str, str]], str | None]:
    """Well-known text (with `SRID=n;` before it or not) or well-known binary in hexadecimal."""
    shapes: list[Any] = []
    unread: dict[int, tuple[str, str]] = {}
    number: str | None = None
    for i, row in enumerate(sheet.rows):
        cell = row.get(column, "")
        text = cell
        if match := re.match(r"SRID=(\d{1,6});", text, re.IGNORECASE):
            number, text = match[1], text[match.end() :]
        shape = None
        if re.fullmatch(r"(?:[0-9A-Fa-f]{2}){5,}", text):
            shape = shapely.from_wkb(text, on_invalid="ignore")
            srid = int(shapely.get_srid(shape)) if shape is not None else 0
            number = str(srid) if srid > 0 else number
        elif text:
            shape = shapely.from_wkt(text, on_invalid="ignore")
        if shape is None:
            unread[i] = (column, cell[:60])
        shapes.append(None if shape is None else shapely.force_2d(shape))
    return shapes, unread, f"EPSG:{number}" if number else None


def _vertices(shapes: Sequence[Any]) -> int:
    return int(shapely.get_num_coordinates(np.array(shapes, dtype=object)).sum())


def _swapped(shape: Any) -> Any:
    return shapely.transform(shape, lambda coords: coords[:, ::-1])


def _centres(shapes: Sequence[Any]) -> NDArray[np.float64]:
    """(n, 2): the middle of the box of every shape that there is."""
    boxes = shapely.bounds(np.array([s for s in shapes if s is not None], dtype=object))
    boxes = boxes.reshape(-1, 4)
    found: NDArray[np.float64] = (boxes[:, :2] + boxes[:, 2:]) / 2
    return found[np.isfinite(found).all(axis=1)]


def _some(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """A few points spread over the rows."""
    return points[:: max(1, len(points) // _SAMPLE)][:_SAMPLE]


def share_in(points: NDArray[np.float64], bounds: Bounds) -> float:
    """Share of points inside a box that is a fifth wider on each side."""
    west, south, east, north = bounds
    wide, high = max(0.02, (east - west) / 5), max(0.02, (north - south) / 5)
    x, y = points[:, 0], points[:, 1]
    inside = (x >= west - wide) & (x <= east + wide) & (y >= south - high) & (y <= north + high)
    return float(np.mean(inside & np.isfinite(x) & np.isfinite(y)))


def _meant(
    file: Path, points: NDArray[np.float64], fields: Mapping[str, str], bounds: Bounds | None
) -> str:
    """Degrees, where the file is silent but its points lie in the region; else a problem."""
    told_by_place = "x" in fields or "wkt" in fields
    if told_by_place and bounds is not None and share_in(points, bounds) > 0.5:
        return WGS84
    raise Problem(
        "layers.no_crs",
        file=str(file),
        first=f"{points[0][0]:g}, {points[0][1]:g}",
        fitting=", ".join(fitting_systems(points, bounds)) or "-",
    )


def crs_of(file: Path, text: str) -> Any:
    """The coordinate system of a text (`EPSG:5179`, WKT, PROJ). Raises `layers.bad_crs`.

    PROJ may fetch grids where it is told to; here it is told not to.
    """
    import pyproj
    from pyproj.network import set_network_enabled  # type: ignore[attr-defined]

    set_network_enabled(False)
    try:
        return pyproj.CRS.from_user_input(text)
    except (pyproj.exceptions.CRSError, ValueError, TypeError) as error:
        raise Problem("layers.bad_crs", file=str(file), crs=text[:60]) from error


def system_name(file: Path, text: str) -> str:
    """A short name of a system: its code where it has one, and what it is called."""
    if text == WGS84:
        return "EPSG:4326 WGS 84"
    crs = crs_of(file, text)
    found = crs.to_authority(min_confidence=60)
    code = f"{found[0]}:{found[1]}" if found else ""
    return f"{code} {crs.name}".strip()


def to_degrees(file: Path, shapes: Sequence[Any], system: str) -> list[Any]:
    """Shapes of a system in degrees of WGS 84, longitude first."""
    if system == WGS84:  # the common case, without loading PROJ
        return list(shapes)
    import pyproj

    crs = crs_of(file, system)
    if crs == pyproj.CRS.from_epsg(4326) or crs.to_epsg() == 4326:
        return list(shapes)
    try:
        turn = pyproj.Transformer.from_crs(crs, 4326, always_xy=True).transform
    except pyproj.exceptions.ProjError as error:
        raise Problem("layers.bad_crs", file=str(file), crs=system[:60]) from error

    def turned(coords: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(turn(coords[:, 0], coords[:, 1]))

    there = np.array(shapes, dtype=object)
    mask = np.array([shape is not None for shape in shapes], dtype=bool)
    with np.errstate(invalid="ignore"):
        there[mask] = shapely.transform(there[mask], turned)
    return [None if shape is None else shape for shape in there]


def _require_here(
    file: Path,
    shapes: Sequence[Any],
    raw: NDArray[np.float64],
    bounds: Bounds | None,
    *,
    swap: bool,
) -> None:
    """That the places lie on Earth, and some of them in the region, before anything is made."""
    points = _centres(shapes)
    box = bounds or _EARTH
    if len(points) and share_in(points, box) > 0 and (bounds is not None or _on_earth(points)):
        return
    first = _pair(points[0]) if len(points) else "-"
    turned = points[:, ::-1]
    if len(points) and not swap and share_in(turned, box) > 0.5 and _on_earth(turned):
        raise Problem("layers.swapped", file=str(file), first=first)
    raise Problem(
        "layers.elsewhere",
        file=str(file),
        first=first,
        fitting=", ".join(fitting_systems(raw, bounds)) or "-",
    )


def _on_earth(points: NDArray[np.float64]) -> bool:
    return bool((np.abs(points) <= (180.0, 90.0)).all())


def _pair(point: NDArray[np.float64]) -> str:
    return f"{point[0]:.5g}, {point[1]:.5g}"


def fitting_systems(points: NDArray[np.float64], bounds: Bounds | None) -> list[str]:
    """Systems, by code and name, in which these numbers lie in the region; the commonest first.

    Without a region there is nothing to compare with: empty.
    """
    if bounds is None:
        return []
    import pyproj
    from pyproj.aoi import AreaOfInterest
    from pyproj.database import query_crs_info
    from pyproj.enums import PJType

    points = _some(points)
    if share_in(points, bounds) > 0.8:
        return ["EPSG:4326 (WGS 84)"]
    known = query_crs_info(
        auth_name="EPSG",
        pj_types=PJType.PROJECTED_CRS,
        area_of_interest=AreaOfInterest(*bounds),
        contains=True,
    )
    common = [info for info in known if "WGS 84" in info.name and "UTM" in info.name]
    others = [info for info in known if info not in common]
    tried = [("3857", "WGS 84 / Pseudo-Mercator")]
    tried += [(info.code, info.name) for info in [*common, *others]][:_TRIED]
    found = []
    for code, name in tried:
        try:
            turn = pyproj.Transformer.from_crs(f"EPSG:{code}", 4326, always_xy=True).transform
        except pyproj.exceptions.ProjError:
            continue
        for pair in (points, points[:, ::-1]):
            there = np.column_stack(turn(pair[:, 0], pair[:, 1]))
            if share_in(there, bounds) > 0.8:
                found.append(f"EPSG:{code} ({name}{'' if pair is points else ', x ⇄ y'})")
                break
        if len(found) == _NAMED:
            break
    return found
