"""The names that stand fixed: the city, its water, roads, bridges, towns, districts."""

from __future__ import annotations

from dispatch.region.city.naming import Name, plain

CITY = plain("tarvelin")
LAKE = Name(en="Lake Saruen", ru="озеро Саруэн", kk="Саруэн көлі", ko="사루엔호")
RIVER = Name(en="Tarva", ru="Тарва", kk="Тарва", ko="타르바강")
ISLAND = Name(en="Mint Island", ru="Монетный остров", kk="Теңге аралы", ko="조폐섬")
CREEKS = (
    Name(en="Mill Brook", ru="Мельничный ручей", kk="Диірмен бұлағы", ko="물레방아천"),
    Name(en="Heron Brook", ru="Цаплин ручей", kk="Құтан бұлағы", ko="왜가리천"),
)
RING_ROAD = Name(en="Ring Motorway", ru="Кольцевая автомагистраль", kk="Айналма автомагистралі",
                 ko="순환고속도로")  # fmt: skip
EAST_ROAD = Name(en="Eastern Motorway", ru="Восточная автомагистраль",
                 kk="Шығыс автомагистралі", ko="동부고속도로")  # fmt: skip
SOUTH_ROAD = Name(en="Southern Motorway", ru="Южная автомагистраль",
                  kk="Оңтүстік автомагистралі", ko="남부고속도로")  # fmt: skip
LAKE_ROAD = Name(en="Lakeshore Drive", ru="Приозёрное шоссе", kk="Көл жағалауы тас жолы",
                 ko="호반대로")  # fmt: skip
TUNNEL = Name(en="Estuary Tunnel", ru="Устьевой тоннель", kk="Сағалық тоннелі", ko="하구터널")
BRIDGES = (
    Name(en="Old Bridge", ru="Старый мост", kk="Ескі көпір", ko="옛다리"),
    Name(en="Upper Bridge", ru="Верхний мост", kk="Жоғарғы көпір", ko="윗다리"),
    Name(en="Ring Bridge", ru="Кольцевой мост", kk="Айналма көпірі", ko="순환대교"),
)
SATELLITES = tuple(
    plain(s) for s in ("orvana", "selkin", "tambrel", "vishtor", "kestal", "podrin", "gremal")
)

DISTRICTS = (
    (8_350.0, 11_050.0, Name(en="Old Town", ru="Старый город", kk="Ескі қала", ko="구시가")),
    (
        9_800.0,
        10_100.0,
        Name(en="Mint Island", ru="Монетный остров", kk="Теңге аралы", ko="조폐섬"),
    ),
    (6_700.0, 12_900.0, Name(en="Lakeside", ru="Приозёрный", kk="Көл жағасы", ko="호반동")),
    (6_900.0, 15_000.0, Name(en="Westgate", ru="Западные Ворота", kk="Батыс қақпа", ko="서문동")),
    (
        8_900.0,
        13_500.0,
        Name(en="College Hill", ru="Университетский", kk="Университет", ko="대학동"),
    ),
    (
        9_700.0,
        15_600.0,
        Name(en="Northfield", ru="Северное поле", kk="Солтүстік алаң", ko="북들동"),
    ),
    (12_200.0, 14_900.0, Name(en="Orchards", ru="Сады", kk="Бақтар", ko="과수원동")),
    (11_300.0, 12_400.0, Name(en="Castle Hill", ru="Замковая гора", kk="Қамал төбе", ko="성산동")),
    (13_900.0, 12_600.0, Name(en="Riverside", ru="Заречье", kk="Өзен жағасы", ko="강변동")),
    (12_200.0, 10_200.0, Name(en="New Town", ru="Новый город", kk="Жаңа қала", ko="신시가")),
    (10_400.0, 8_900.0, Name(en="Station", ru="Привокзальный", kk="Вокзал маңы", ko="역전동")),
    (14_300.0, 8_900.0, Name(en="Depot", ru="Депо", kk="Депо", ko="차고동")),
    (7_600.0, 8_000.0, Name(en="Harbour", ru="Портовый", kk="Порт", ko="항구동")),
    (7_400.0, 5_700.0, Name(en="Southshore", ru="Южный берег", kk="Оңтүстік жаға", ko="남호동")),
    (10_200.0, 6_000.0, Name(en="Mills", ru="Мельницы", kk="Диірмендер", ko="물레방아동")),
    (13_000.0, 6_700.0, Name(en="Circus", ru="Круглый", kk="Дөңгелек", ko="원형동")),
    (11_500.0, 3_800.0, Name(en="Southgate", ru="Южные Ворота", kk="Оңтүстік қақпа", ko="남문동")),
    (17_000.0, 10_900.0, Name(en="Eastfield", ru="Восточное поле", kk="Шығыс алаң", ko="동들동")),
)
