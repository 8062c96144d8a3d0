"""`vigil region generate -o PACK --seed N`: makes the built-in city again."""

from __future__ import annotations

import tempfile
import time
from argparse import Namespace
from pathlib import Path

from dispatch.region.build import build_pack
from dispatch.region.city.build import make_city, write_osm
from dispatch.region.city.names import CITY
from dispatch.region.city.plan import SEED, TIME_ZONE
from dispatch.words import say

LICENCE = "Apache-2.0"
ATTRIBUTION = "Tarvelin is fictional, made by Vigil"


def generate(args: Namespace) -> int:
    """Make the city of `args.seed` into the pack folder `args.output`; with `args.osm`, also keep
    the OpenStreetMap file there, and with `args.agencies`, write the three agencies into that
    folder. Returns the exit code; raises `Problem` as `build_pack` does.
    """
    started = time.monotonic()
    language = getattr(args, "language", None) or "en"
    seed = int(getattr(args, "seed", None) or SEED)
    output = Path(args.output)
    city = make_city(seed, lambda step: print(say(f"city.step.{step}", language)))
    with tempfile.TemporaryDirectory(prefix="vigil-city-") as folder:
        kept = getattr(args, "osm", None)
        source = Path(kept) if kept else Path(folder) / "tarvelin.osm.pbf"
        write_osm(city, source)
        build_pack(source, output, name=CITY.en, time_zone=TIME_ZONE, settlement=CITY.en,
                   kind="generated", licence=LICENCE, attribution=ATTRIBUTION)  # fmt: skip
    if getattr(args, "agencies", None):
        from dispatch.region.city.agencies import write_agencies

        write_agencies(city, Path(args.agencies))
    size = sum(p.stat().st_size for p in output.iterdir())
    print(say("city.done", language, file=str(output), mb=f"{size / 1e6:.1f}",
              seconds=f"{time.monotonic() - started:.0f}"))  # fmt: skip
    return 0
