"""The engine itself: roads, severity, recommendation and the simulated world, one request a time.

It runs in a process of its own beside a window (`worker`), or in line where nobody watches
(benchmarks, tests, headless exercises).
"""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dispatch.advice import messages as m
from dispatch.advice.layers import Layers
from dispatch.domain.closure import ClosedRoads, ClosureShape
from dispatch.domain.level import Level
from dispatch.domain.message import Message, Problem

if TYPE_CHECKING:
    from dispatch.recommend.arrival import ArrivalModel
    from dispatch.recommend.run_cards import RunCards
    from dispatch.region.agency import Agency
    from dispatch.region.closing import Matched
    from dispatch.region.pack import Pack
    from dispatch.region.roads import RoadTimes
    from dispatch.severity.assessor import Assessor
    from dispatch.severity.questions import QuestionBook
    from dispatch.simulation.world import World

log = logging.getLogger(__name__)


def question_book(agency: Path) -> QuestionBook:
    """The agency's own questions where it has some, else the shipped ones."""
    from dispatch.severity.questions import QuestionBook

    own = agency / "questions"
    return QuestionBook.load(own) if own.is_dir() else QuestionBook.shipped()


class EngineCore:
    """Answers requests. A failure becomes a `Failed` response, never an exception."""

    def __init__(self) -> None:
        self._pack: Pack | None = None
        self._agency: Agency | None = None
        self._roads: dict[str, RoadTimes] = {}
        self._closed = ClosedRoads()
        self._roads_version = 0
        self._assessor: Assessor | None = None
        self._by_protocol: Assessor | None = None
        self._cards: RunCards | None = None
        self._arrivals: ArrivalModel | None = None
        self._world: World | None = None
        self._layers: Layers | None = None

    def handle(self, request: m.Request) -> m.Response | None:
        """The answer to one request; None for a layer of the map, which is worked off in steps."""
        try:
            match request:
                case m.Open():
                    return self._open(request)
                case m.Assess():
                    return self._assess(request)
                case m.Recommend():
                    return self._recommend(request)
                case m.FindRoute():
                    return self._route(request)
                case m.CloseRoads():
                    return self._close_roads(request)
                case m.MatchRoads():
                    return self._match_roads(request)
                case m.ShowRoads():
                    return self._show_roads(request)
                case m.AskReach() | m.AskCover() | m.DropLayer():
                    return self._take_layer(request)
                case m.OpenWorld():
                    return self._open_world(request)
                case m.Advance():
                    return self._advance(request)
        except Problem as problem:
            return m.Failed(request=type(request).__name__, message=problem.message)
        except Exception as error:
            # The engine must answer: a silent one would leave a dispatcher waiting for advice.
            log.exception("engine request %s failed", type(request).__name__)
            what = f"{type(error).__name__}: {error}"
            return m.Failed(
                request=type(request).__name__,
                message=Message("advice.engine_failed", {"what": what[:300]}),
            )

    @property
    def layers_busy(self) -> bool:
        """Whether a layer of the map waits for a `step_layers`."""
        return self._layers is not None and self._layers.busy

    def step_layers(self) -> m.Response | None:
        """Some milliseconds of work on the map's layers, when nothing urgent is to be done."""
        return self._layers.step() if self._layers is not None else None

    def _take_layer(self, request: m.LayerRequest) -> m.Response | None:
        if self._layers is not None:
            self._layers.take(request)
        elif not isinstance(request, m.DropLayer):
            message = Message("maplayers.not_open")
            return m.LayerFailed(key=request.key, layer=request.layer, message=message)
        return None

    def _open(self, request: m.Open) -> m.Opened:
        from dispatch.recommend.arrival import ArrivalModel
        from dispatch.recommend.run_cards import RunCards
        from dispatch.region.agency import open_agency
        from dispatch.region.pack import open_pack
        from dispatch.severity.assessor import Assessor

        began = time.perf_counter()
        self._pack = open_pack(Path(request.region))
        self._agency = open_agency(Path(request.agency))
        self._roads.clear()
        self._roads_for(Level.L1)
        self._cards = RunCards.load(Path(request.agency) / "run_cards")
        self._arrivals = ArrivalModel.load().with_turnout(self._agency.settings.turnout_s)
        self._layers = Layers(
            self._pack,
            self._agency,
            self._arrivals,
            lambda: (self._roads_for(Level.L1), self._roads_version),
        )
        book = question_book(self._agency.path)
        folder = Path(request.bundle) if request.bundle else None
        self._assessor = Assessor.open(book, folder)
        self._by_protocol = Assessor(book)
        bundle = self._assessor.bundle
        return m.Opened(
            model=bundle.manifest.version if bundle else "",
            bundle_sha=bundle.sha if bundle else "",
            banner=None if bundle else self._assessor.status,
            took_ms=(time.perf_counter() - began) * 1e3,
        )

    def _roads_for(self, level: Level) -> RoadTimes:
        """Lights and sirens for L1 to L3, normal traffic for the mild levels."""
        assert self._pack is not None
        profile = "lights" if level.rank <= 3 else "normal"
        if profile not in self._roads:
            from dispatch.region.roads import RoadTimes

            roads, closed = RoadTimes.of(self._pack, profile=profile), self._closed
            self._roads[profile] = roads.without(closed.edges, closed.along, closed.against)
        return self._roads[profile]

    def _assess(self, request: m.Assess) -> m.Assessed:
        assessor = self._assessor if request.ai_on else self._by_protocol
        assert assessor is not None
        assessment = assessor.assess(
            incident_id=request.incident_id,
            incident_version=request.incident_version,
            as_of_us=request.as_of_us,
            type_id=request.type_id,
            answers={q: (a.option_id, a.t_us) for q, a in request.answers.items()},
        )
        return m.Assessed(assessment=assessment)

    def _recommend(self, request: m.Recommend) -> m.Recommended:
        from dispatch.advice.area import with_areas
        from dispatch.recommend.recommend import recommend

        assert self._cards is not None and self._arrivals is not None
        assert self._agency is not None
        # Signs that hold by the hour: those of the moment that the advice is for.
        moment = datetime.fromtimestamp(request.request.as_of_us / 1e6, UTC)
        said = recommend(
            with_areas(request.request, self._agency, self._cards),
            self._roads_for(request.request.level).at(moment),
            self._cards,
            self._arrivals,
        )
        return m.Recommended(recommendation=said, roads_version=self._roads_version)

    def _route(self, request: m.FindRoute) -> m.RouteFound:
        roads = self._roads_for(Level.L1)
        route = roads.route(
            (request.origin.lon, request.origin.lat), (request.target.lon, request.target.lat)
        )
        if route is None:
            return m.RouteFound(
                key=request.key, lon=(), lat=(), seconds=None, roads_version=self._roads_version
            )
        return m.RouteFound(
            key=request.key,
            lon=tuple(route.line[:, 0].tolist()),
            lat=tuple(route.line[:, 1].tolist()),
            seconds=float(route.seconds),
            roads_version=self._roads_version,
        )

    def _close_roads(self, request: m.CloseRoads) -> m.RoadsClosed:
        began = time.perf_counter()
        self._closed, self._roads_version = request.roads, request.roads_version
        self._roads.clear()
        if self._pack is not None:
            self._roads_for(Level.L1)  # now, so that the next answer need not wait for it
        took_ms = (time.perf_counter() - began) * 1e3
        return m.RoadsClosed(
            roads_version=request.roads_version, pieces=len(request.roads), took_ms=took_ms
        )

    def _match_roads(self, request: m.MatchRoads) -> m.RoadsMatched:
        from dispatch.region.closing import match_roads

        assert self._pack is not None
        points = [(point.lon, point.lat) for point in request.points]
        found = match_roads(
            self._pack,
            points,
            area=request.shape is ClosureShape.AREA,
            street=request.street,
            one_way=request.one_way,
        )
        return self._matched(request.key, found, request.language)

    def _show_roads(self, request: m.ShowRoads) -> m.RoadsMatched:
        from dispatch.region.closing import lines_of

        assert self._pack is not None
        shut = request.roads
        found = lines_of(self._pack, shut.edges, shut.along, shut.against)
        return self._matched(request.key, found, request.language)

    def _matched(self, key: str, found: Matched, language: str) -> m.RoadsMatched:
        from dispatch.region.closing import names_in

        assert self._pack is not None
        return m.RoadsMatched(
            key=key,
            roads=ClosedRoads(edges=found.edges, along=found.along, against=found.against),
            region_hash=self._pack.hash,
            lon=tuple(found.line[:, 0].tolist()),
            lat=tuple(found.line[:, 1].tolist()),
            starts=found.starts,
            length_m=found.length_m,
            names=found.names,
            told=names_in(self._pack, found, language),
            problem=found.problem,
        )

    def _open_world(self, request: m.OpenWorld) -> m.WorldOpened:
        from dispatch.region.roads import RoadTimes
        from dispatch.simulation.worlds import open_world

        assert self._pack is not None and self._agency is not None
        roads = RoadTimes.of(self._pack, profile="lights")
        opened = open_world(request.spec, self._pack, roads, self._agency)
        self._world = opened.world
        return m.WorldOpened(start_us=opened.start_us, title=opened.title)

    def _advance(self, request: m.Advance) -> m.Happened:
        if self._world is None:
            return m.Happened(to_us=request.to_us, events=())
        for order in request.orders:
            self._world.order(order)
        return m.Happened(to_us=request.to_us, events=tuple(self._world.advance(request.to_us)))
