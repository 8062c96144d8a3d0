"""Points of interest: what callers name and what crews must know before they go in."""

from __future__ import annotations

import numpy as np

from dispatch.region.city import names
from dispatch.region.city.buildings import Building
from dispatch.region.city.naming import Name, Stem, spelled, street_name, word_stems
from dispatch.region.city.network import Network
from dispatch.region.city.plan import CENTRE, POPULATION, SATELLITES, stream
from dispatch.region.city.services import Point, Services

_HAZARDS = (
    ("chemical", "Chlorine store, up to 12 t. Approach upwind; hold 300 m."),
    ("fuel", "Fuel depot, six tanks of 2,000 m3. Foam monitors at the east gate."),
    ("gas", "Gas pressure station. Valve behind the fence, key at Fire Station 1."),
    ("electric", "Substation 110 kV. Do not enter before the grid operator's release."),
    ("ammonia", "Cold store, ammonia plant in the basement."),
    ("dogs", "Guard dogs loose in the yard at night."),
    ("access", "Gate code at the control room; the lift does not take a stretcher."),
    ("collapse", "Unsafe roof over the north hall; fight fire from outside."),
    ("oxygen", "Liquid oxygen tank on the south side."),
    ("radiation", "Sealed sources, room 014."),
)


def add_points_of_interest(
    seed: int, buildings: list[Building], net: Network, out: Services
) -> None:
    """Schools, clinics, hazards, hotels and the rest, each at a building of a fitting kind."""
    rng = stream(seed, "poi")
    xy = np.array([b.corners.mean(axis=0) for b in buildings])
    kinds = np.array([b.kind for b in buildings])
    taken = {p.building for p in out.posts}

    def some(kind: tuple[str, ...], count: int) -> list[int]:
        pool = [int(i) for i in np.flatnonzero(np.isin(kinds, kind)) if int(i) not in taken]
        picked = sorted(int(pool[k]) for k in rng.permutation(len(pool))[:count])
        taken.update(picked)
        return picked

    def put(index: int, tags: dict[str, str]) -> None:
        x, y = xy[index]
        out.points.append(Point(x=float(x), y=float(y), tags=tags))

    hot = some(("industrial",), 26) + some(("commercial",), 8)
    for k, index in enumerate(hot):
        hazard, text = _HAZARDS[k % len(_HAZARDS)]
        put(index, {"hazard": hazard, "description": text})
    for k, index in enumerate(some(("school",), 74)):
        name = Name(en=f"School {k + 1}", ru=f"Школа № {k + 1}", kk=f"№ {k + 1} мектеп",
                    ko=f"제{k + 1}학교")  # fmt: skip
        put(index, {"amenity": "school", **name.tags()})
    for k, index in enumerate(some(("apartments", "terrace"), 60)):
        name = Name(en=f"Kindergarten {k + 1}", ru=f"Детский сад № {k + 1}",
                    kk=f"№ {k + 1} балабақша", ko=f"제{k + 1}어린이집")  # fmt: skip
        put(index, {"amenity": "kindergarten", **name.tags()})
    for k, index in enumerate(some(("apartments", "house"), 22)):
        name = Name(en=f"Clinic {k + 1}", ru=f"Поликлиника № {k + 1}", kk=f"№ {k + 1} емхана",
                    ko=f"제{k + 1}의원")  # fmt: skip
        put(index, {"amenity": "clinic", **name.tags()})
    for k, index in enumerate(some(("apartments", "house", "commercial"), 70)):
        name = Name(en=f"Pharmacy {k + 1}", ru=f"Аптека № {k + 1}", kk=f"№ {k + 1} дәріхана",
                    ko=f"제{k + 1}약국")  # fmt: skip
        put(index, {"amenity": "pharmacy", **name.tags()})
    care = ("Evergreen", "Birch House", "Lakeview", "Quiet Harbour", "Silver Years", "Linden Court",
            "Sunrise", "Hillside", "Old Mill")  # fmt: skip
    words = {s.en: s for s in word_stems()}
    for k, index in enumerate(some(("apartments", "terrace"), len(care))):
        name = Name(en=f"{care[k]} Care Home", ru=f"Дом ухода № {k + 1}",
                    kk=f"№ {k + 1} қарттар үйі", ko=f"제{k + 1}요양원")  # fmt: skip
        put(
            index,
            {
                "amenity": "nursing_home",
                **name.tags(),
                "description": "Many residents cannot walk; stretcher lift at the rear.",
            },
        )
    hotels = ["Anchor", "Swan", "Golden", "Harbour", "Station", "Fountain", "Lighthouse", "Amber",
              "Rose", "Eagle", "Lantern", "Mint", "Bell", "Cedar", "Pearl", "Garden"]  # fmt: skip
    for stem, index in zip(hotels, some(("commercial", "house"), len(hotels)), strict=False):
        w = words[stem]
        assert w.ru is not None
        name = Name(en=f"{stem} Hotel", ru=f"гостиница «{w.ru[1]}»", kk=f"«{w.kk}» қонақүйі",
                    ko=f"{w.ko}호텔")  # fmt: skip
        put(index, {"tourism": "hotel", **name.tags()})
    for k, index in enumerate(some(("apartments", "terrace", "commercial", "industrial"), 44)):
        name = Name(en=f"Fuel Station {k + 1}", ru=f"АЗС № {k + 1}", kk=f"№ {k + 1} ЖҚС",
                    ko=f"제{k + 1}주유소")  # fmt: skip
        put(index, {"amenity": "fuel", **name.tags()})
    for index in some(("commercial", "house", "apartments", "school"), 160):
        put(index, {"emergency": "defibrillator"})
    _landmarks(net, out, words)


def _landmarks(net: Network, out: Services, words: dict[str, Stem]) -> None:
    def put(x: float, y: float, name: Name, tags: dict[str, str]) -> None:
        out.points.append(Point(x=x, y=y, tags={**tags, **name.tags()}))

    put(*CENTRE, names.CITY, {"place": "city", "population": str(POPULATION)})
    put(CENTRE[0] + 15.0, CENTRE[1] - 20.0, street_name(words["Market"], "square"),
        {"place": "square"})  # fmt: skip
    counts = (11_800, 9_400, 6_900, 5_700, 4_800, 2_900, 3_600)
    for town, name, people in zip(SATELLITES, names.SATELLITES, counts, strict=True):
        put(
            town.x,
            town.y,
            name,
            {"place": "town" if people > 5_000 else "village", "population": str(people)},
        )
    for x, y, name in names.DISTRICTS:
        put(x, y, name, {"place": "suburb"})
    plants = [shape for kind, shape in net.grounds if kind == "industrial"]
    titles = (
        "Grain Mill",
        "Cable Works",
        "Brewery",
        "Cold Store",
        "Tractor Works",
        "Paint Works",
        "Glassworks",
        "Bus Depot",
        "Foundry",
        "Print Works",
        "Furniture Works",
        "Dairy",
    )
    russian = ("Мелькомбинат", "Кабельный завод", "Пивоварня", "Хладокомбинат",
               "Тракторный завод", "Лакокрасочный завод", "Стекольный завод", "Автобусный парк",
               "Литейный завод", "Типография", "Мебельная фабрика", "Молочный завод")  # fmt: skip
    kazakh = ("Ұн комбинаты", "Кабель зауыты", "Сыра зауыты", "Мұздатқыш қойма",
              "Трактор зауыты", "Бояу зауыты", "Шыны зауыты", "Автобус паркі", "Құю зауыты",
              "Баспахана", "Жиһаз фабрикасы", "Сүт зауыты")  # fmt: skip
    korean = ("제분공장", "전선공장", "양조장", "냉동창고", "트랙터공장", "페인트공장", "유리공장",
              "버스차고지", "주물공장", "인쇄소", "가구공장", "유업공장")  # fmt: skip
    for shape, en, ru, kk, ko in zip(plants, titles, russian, kazakh, korean, strict=False):
        point = shape.representative_point()
        put(point.x, point.y, Name(en=f"Tarvelin {en}", ru=ru, kk=kk, ko=ko),
            {"man_made": "works"})  # fmt: skip
    stadiums = ("sorelin", "vanter")
    for spelling, (kind, shape) in zip(
        stadiums, [g for g in net.grounds if g[0] == "stadium"], strict=False
    ):
        stem = spelled(spelling)
        point = shape.representative_point()
        del kind
        put(point.x, point.y,
            Name(en=f"{stem.en} Stadium", ru=f"стадион «{stem.kk}»", kk=f"«{stem.kk}» стадионы",
                 ko=f"{stem.ko}경기장"), {"leisure": "stadium"})  # fmt: skip
    malls = ("Amber", "Meadow", "Lighthouse", "Rainbow")
    for title, (_, shape) in zip(malls, [g for g in net.grounds if g[0] == "retail"], strict=False):
        w = words[title]
        assert w.ru is not None
        point = shape.representative_point()
        put(point.x, point.y,
            Name(en=f"{title} Mall", ru=f"ТЦ «{w.ru[0]}»", kk=f"«{w.kk}» СО", ko=f"{w.ko}몰"),
            {"shop": "mall"})  # fmt: skip
    for _, shape in [g for g in net.grounds if g[0] == "university"]:
        point = shape.representative_point()
        put(
            point.x,
            point.y,
            Name(
                en="Tarvelin University",
                ru="Тарвелинский университет",
                kk="Тарвелин университеті",
                ko="타르벨린대학교",
            ),
            {"amenity": "university"},
        )
