"""The three fleets: which units of which kind stand where, under which call sign.

Counts are those of the design for a city of 600,000; stations are the city's own.
"""

from __future__ import annotations

from dataclasses import dataclass

CAPABILITIES = {
    "feldsher": "bls als transport aed",
    "doctor": "bls als doctor transport aed",
    "intensive_care": "bls als doctor icu transport aed",
    "polyclinic": "primary_care bls",
    "emt": "bls transport aed",
    "special": "bls als transport aed",
    "pump": "pump water",
    "pump_ambulance": "pump water bls aed",
    "water_tender": "water",
    "ladder": "ladder",
    "command": "command",
    "rescue": "rescue",
    "hazmat": "hazmat",
    "patrol": "patrol",
    "gas": "gas",
    "helicopter": "air als doctor transport aed",
    "als_ambulance": "bls als transport aed",
    "bls_ambulance": "bls transport aed",
    "engine": "pump water bls aed",
}
SERVICE = {
    "feldsher": "medical", "doctor": "medical", "intensive_care": "medical",
    "polyclinic": "medical", "emt": "medical", "special": "medical", "helicopter": "medical",
    "als_ambulance": "medical", "bls_ambulance": "medical", "patrol": "police", "gas": "rescue",
    "rescue": "rescue",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One row of `units.csv`."""

    unit_id: str
    kind: str
    label: str
    station_id: str
    crew: int
    shift: str = "24h"
    extra: str = ""
    service: str = ""

    def row(self) -> list[str]:
        """The row, in the order of `UNIT_COLUMNS`."""
        capabilities = f"{CAPABILITIES[self.kind]} {self.extra}".strip()
        service = self.service or SERVICE.get(self.kind, "fire")
        return [self.unit_id, service, self.kind, self.label, self.station_id, capabilities,
                str(self.crew), self.shift]  # fmt: skip


UNIT_COLUMNS = ("unit_id", "service", "kind", "label", "station_id", "capabilities", "crew",
                "shift")  # fmt: skip


def _spread(letter: str, count: int, stations: int, start: int = 0) -> list[str]:
    """Stations for `count` units, one after the other round the list."""
    return [f"{letter}{(start + i) % stations + 1}" for i in range(count)]


def international() -> list[Unit]:
    """92 units of eight kinds: ALS and BLS ambulances, engines, ladders, command, rescue, hazmat,
    patrol."""
    units: list[Unit] = []
    for i, station in enumerate([*_spread("A", 12, 12), *_spread("F", 6, 14, 1)]):
        units.append(Unit(unit_id=f"M{i + 1}", kind="als_ambulance", label=f"Medic {i + 1}",
                          station_id=station, crew=2))  # fmt: skip
    for i, station in enumerate([*_spread("A", 10, 12, 2), *_spread("F", 4, 14, 7)]):
        shift = "24h" if i < 10 else "08:00-20:00"
        units.append(Unit(unit_id=f"B{i + 1}", kind="bls_ambulance", label=f"Ambulance {i + 1}",
                          station_id=station, crew=2, shift=shift))  # fmt: skip
    for i, station in enumerate([*_spread("F", 14, 14), *_spread("F", 4, 14)]):
        units.append(Unit(unit_id=f"E{i + 1}", kind="engine", label=f"Engine {i + 1}",
                          station_id=station, crew=4))  # fmt: skip
    for i, station in enumerate(("F1", "F3", "F5", "F7", "F9", "F11")):
        units.append(Unit(unit_id=f"L{i + 1}", kind="ladder", label=f"Ladder {i + 1}",
                          station_id=station, crew=4))  # fmt: skip
    for i, station in enumerate(("F1", "F6", "F9")):
        units.append(Unit(unit_id=f"C{i + 1}", kind="command", label=f"Battalion {i + 1}",
                          station_id=station, crew=2))  # fmt: skip
    for i, station in enumerate(("A1", "A5", "A9")):
        units.append(Unit(unit_id=f"S{i + 1}", kind="command", label=f"Supervisor {i + 1}",
                          station_id=station, crew=1, extra="als aed supervisor",
                          service="medical"))  # fmt: skip
    for i, station in enumerate(("F2", "F4", "F8", "F12")):
        units.append(Unit(unit_id=f"R{i + 1}", kind="rescue", label=f"Rescue {i + 1}",
                          station_id=station, crew=4, extra="aed"))  # fmt: skip
    for i, station in enumerate(("F4", "F10")):
        units.append(Unit(unit_id=f"H{i + 1}", kind="hazmat", label=f"Hazmat {i + 1}",
                          station_id=station, crew=3))  # fmt: skip
    for i, station in enumerate(_spread("P", 24, 6)):
        units.append(Unit(unit_id=f"P{i + 1}", kind="patrol", label=f"Patrol {i + 1}",
                          station_id=station, crew=2, extra="aed"))  # fmt: skip
    return units


def kazakhstan() -> list[Unit]:
    """48 ambulance brigades (40 feldsher, 5 doctor, 3 intensive care) and the other services."""
    units: list[Unit] = []
    # Brigade numbers are station-place; places 8 and 9 are the doctor's and intensive care.
    for i in range(40):
        number, place = i % 12 + 1, i // 12 + 1
        shift = "24h" if i < 24 else "08:00-20:00" if i < 34 else "14:00-02:00"
        units.append(Unit(unit_id=f"{number}-{place}", kind="feldsher",
                          label=f"Бригада {number}-{place}", station_id=f"A{number}", crew=3,
                          shift=shift))  # fmt: skip
    for number in (1, 3, 5, 7, 10):
        units.append(Unit(unit_id=f"{number}-8", kind="doctor", label=f"Бригада {number}-8",
                          station_id=f"A{number}", crew=3))  # fmt: skip
    for number in (1, 4, 8):
        units.append(Unit(unit_id=f"{number}-9", kind="intensive_care",
                          label=f"Бригада {number}-9 (реанимация)", station_id=f"A{number}",
                          crew=4))  # fmt: skip
    for i, number in enumerate((2, 6, 9, 11)):
        units.append(Unit(unit_id=f"PM{i + 1}", kind="polyclinic", label=f"ПМСП {i + 1}",
                          station_id=f"A{number}", crew=2,
                          shift="mon-fri 08:00-20:00"))  # fmt: skip
    for i in range(14):
        units.append(Unit(unit_id=f"AC{i + 1}", kind="pump", label=f"АЦ-{i + 1}",
                          station_id=f"F{i + 1}", crew=5))  # fmt: skip
    more: tuple[tuple[str, str, str, tuple[str, ...], int], ...] = (
        ("VZ", "water_tender", "Водовоз", ("F5", "F12"), 2),
        ("AL", "ladder", "АЛ", ("F1", "F4", "F9"), 3),
        ("SH", "command", "Штаб", ("F1", "F7"), 3),
        ("SR", "rescue", "АСА", ("F2", "F6"), 5),
        ("RH", "hazmat", "РХБЗ", ("F4",), 4),
        ("GZ", "gas", "Газ", ("G1", "G1", "G2"), 3),
        ("AV", "helicopter", "Медавиация", ("Z1",), 4),
    )
    for sign, kind, label, stations, crew in more:
        for i, station in enumerate(stations):
            units.append(Unit(unit_id=f"{sign}{i + 1}", kind=kind, label=f"{label}-{i + 1}",
                              station_id=station, crew=crew,
                              shift="08:00-20:00" if kind == "helicopter" else "24h"))  # fmt: skip
    for i, station in enumerate(_spread("P", 14, 6)):
        number = 10 * (int(station[1:])) + i // 6 + 1
        units.append(Unit(unit_id=f"E{number}", kind="patrol", label=f"Экипаж {number}",
                          station_id=station, crew=2))  # fmt: skip
    return units


def korea() -> list[Unit]:
    """Ten ambulances, three of them special, and pump-ambulances, all in fire stations; police."""
    units: list[Unit] = []
    rows: tuple[tuple[str, str, str, tuple[str, ...], int], ...] = (
        ("A", "emt", "구급", ("F2", "F4", "F5", "F6", "F8", "F9", "F11"), 3),
        ("S", "special", "특별구급", ("F1", "F7", "F10"), 3),
        ("P", "pump", "펌프", ("F1", "F2", "F4", "F6", "F7", "F9", "F10", "F12"), 3),
        ("PA", "pump_ambulance", "펌뷸런스", ("F3", "F5", "F8", "F11", "F13", "F14"), 4),
        ("T", "water_tender", "물탱크", ("F1", "F5", "F9", "F12"), 2),
        ("L", "ladder", "고가사다리", ("F1", "F3", "F7", "F10"), 2),
        ("C", "command", "지휘", ("F1", "F4", "F9"), 3),
        ("R", "rescue", "구조공작", ("F1", "F4", "F9"), 5),
        ("H", "hazmat", "화학", ("F7",), 4),
        ("D", "helicopter", "닥터헬기", ("Z1",), 4),
    )
    for sign, kind, label, stations, crew in rows:
        for i, station in enumerate(stations):
            units.append(Unit(unit_id=f"{sign}{i + 1}", kind=kind, label=f"{label} {i + 1}",
                              station_id=station, crew=crew,
                              shift="08:00-20:00" if kind == "helicopter" else "24h"))  # fmt: skip
    for i, station in enumerate(_spread("P", 18, 6)):
        number = 10 * int(station[1:]) + i // 6 + 1
        units.append(Unit(unit_id=f"N{number}", kind="patrol", label=f"순찰 {number}",
                          station_id=station, crew=2))  # fmt: skip
    return units
