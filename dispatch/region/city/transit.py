"""Railway and metro: tracks and stations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dispatch.region.city.naming import Name
from dispatch.region.city.plan import Floats, spline

METRO = (
    (6_950.0, 15_050.0, Name(en="Westgate", ru="Западные Ворота", kk="Батыс қақпа", ko="서문")),
    (
        7_350.0,
        14_150.0,
        Name(
            en="Lakeside Hospital",
            ru="Приозёрная больница",
            kk="Көл жағасы ауруханасы",
            ko="호반병원",
        ),
    ),
    (
        7_800.0,
        13_250.0,
        Name(en="Linden Alley", ru="Липовая аллея", kk="Жөке аллеясы", ko="보리수길"),
    ),
    (
        8_050.0,
        12_200.0,
        Name(en="North Gate", ru="Северные Ворота", kk="Солтүстік қақпа", ko="북문"),
    ),
    (
        8_420.0,
        11_120.0,
        Name(en="Market Square", ru="Рыночная площадь", kk="Базар алаңы", ko="시장광장"),
    ),
    (
        9_650.0,
        10_120.0,
        Name(en="Mint Island", ru="Монетный остров", kk="Теңге аралы", ko="조폐섬"),
    ),
    (
        10_650.0,
        8_750.0,
        Name(en="Central Station", ru="Центральный вокзал", kk="Орталық вокзал", ko="중앙역"),
    ),
    (11_650.0, 7_750.0, Name(en="Signal", ru="Сигнальная", kk="Сигнал", ko="신호")),
    (12_400.0, 7_050.0, Name(en="Circus", ru="Круглая площадь", kk="Дөңгелек алаң", ko="원형광장")),
    (13_050.0, 6_150.0, Name(en="South-East", ru="Юго-Восточная", kk="Оңтүстік-Шығыс", ko="남동")),
)
RAIL_STATIONS = (
    (
        10_760.0,
        8_330.0,
        Name(
            en="Tarvelin Central",
            ru="Тарвелин-Центральный",
            kk="Тарвелин-Орталық",
            ko="타르벨린중앙역",
        ),
    ),
    (
        14_900.0,
        8_345.0,
        Name(en="Tarvelin Depot", ru="Тарвелин-Депо", kk="Тарвелин-Депо", ko="타르벨린차고역"),
    ),
    (
        7_600.0,
        7_610.0,
        Name(en="Tarvelin Harbour", ru="Тарвелин-Порт", kk="Тарвелин-Порт", ko="타르벨린항역"),
    ),
    (9_330.0, 5_500.0, Name(en="Mills", ru="Мельницы", kk="Диірмендер", ko="물레방아역")),
    (18_700.0, 8_830.0, Name(en="Airport", ru="Аэропорт", kk="Әуежай", ko="공항역")),
)


@dataclass(frozen=True, kw_only=True)
class Track:
    """One line of rails with its tags."""

    line: Floats
    tags: dict[str, str]


def tracks(rails: list[Floats], yard_from_m: float, yard_to_m: float) -> list[Track]:
    """Railway with double track and sidings in the yard, and the metro in its tunnel."""
    made: list[Track] = []
    for rail in rails:
        for off in (-2.4, 2.4):
            made.append(Track(line=_beside(rail, off), tags={"railway": "rail"}))
    main = rails[0]
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(main, axis=0).T))])
    for k, off in enumerate((-62.0, -50.0, -38.0, -26.0, 26.0, 38.0, 50.0, 62.0)):
        inset = 130.0 + 45.0 * (k % 4)
        inside = (along > yard_from_m + inset) & (along < yard_to_m - inset)
        piece = _beside(main[inside], off)
        start = main[np.searchsorted(along, yard_from_m + inset - 110.0)]
        end = main[np.searchsorted(along, yard_to_m - inset + 110.0) - 1]
        made.append(
            Track(line=np.vstack([start, piece, end]),
                  tags={"railway": "rail", "service": "yard"})
        )  # fmt: skip
    metro = spline(tuple((x, y) for x, y, _ in METRO))
    name = Name(en="Metro Line 1", ru="Линия метро 1", kk="Метро 1-желісі", ko="지하철 1호선")
    made.append(
        Track(line=metro, tags={"railway": "subway", "tunnel": "yes", "layer": "-2", **name.tags()})
    )
    return made


def _beside(line: Floats, off_m: float) -> Floats:
    way = np.gradient(line, axis=0)
    size = np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-9)[:, None]
    return np.asarray(line + np.column_stack([-way[:, 1], way[:, 0]]) / size * off_m)
