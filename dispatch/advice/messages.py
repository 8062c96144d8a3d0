"""What goes between the centre and the engine process: bytes with a schema, never pickle."""

from __future__ import annotations

from typing import Annotated

import msgspec

from dispatch.domain.advice import Assessment, Recommendation
from dispatch.domain.closure import ClosedRoads, ClosureShape
from dispatch.domain.incident import Answer
from dispatch.domain.message import Message
from dispatch.domain.unit import UnitState
from dispatch.domain.value import Key, Micros, Point, Seconds, Text, Value
from dispatch.recommend.request import RecommendRequest
from dispatch.simulation.events import Event, Order, WorldSpec

MAX_MESSAGE_BYTES = 64_000_000
LOST = ("Engine", "World")
"""`Failed.request` when the engine died: alone, or with a simulated world in it."""


class Open(Value, frozen=True, tag="open"):
    """Load a region, an agency and a model."""

    region: Text
    agency: Text
    bundle: Text
    cache: Text


class Assess(Value, frozen=True, tag="assess"):
    """How bad is this incident, from the answers known now?"""

    incident_id: Key
    incident_version: int
    as_of_us: Micros
    type_id: Key
    answers: dict[str, Answer]
    ai_on: bool


class Recommend(Value, frozen=True, tag="recommend"):
    """Who should go?"""

    request: RecommendRequest


class FindRoute(Value, frozen=True, tag="route"):
    """The way of a candidate, for the map. `key` comes back with the answer."""

    key: Text
    origin: Point
    target: Point


class CloseRoads(Value, frozen=True, tag="close_roads"):
    """These roads and no others are closed from now on; every later answer counts with it.

    `roads_version` grows with every change of this run (0: nothing was ever closed) and stands
    in the answers about roads.
    """

    roads_version: int
    roads: ClosedRoads


class MatchRoads(Value, frozen=True, tag="match_roads"):
    """Which roads did a hand draw? `points` (lon, lat) run along a road or round an area.

    `street` is a name to keep to where it can be; `one_way` shuts only the drawn direction;
    `language` is that in which the streets are told.
    """

    key: Text
    points: tuple[Point, ...]
    shape: ClosureShape = ClosureShape.LINE
    street: Text = ""
    one_way: bool = False
    language: Text = ""


class Starter(Value, frozen=True):
    """A unit as a layer knows it: where it would start, and what it needs to get going."""

    point: Point
    kind: Key
    state: UnitState


class AskReach(Value, frozen=True, tag="ask_reach"):
    """How soon is every place reached by the first of some units, or `target` from everywhere?

    `key` comes back with the answer; the newest request of a `layer` replaces the one before.
    """

    key: Text
    layer: Key
    limit_s: Seconds
    as_of_us: Micros
    starters: tuple[Starter, ...] = ()
    target: Point | None = None


class AskCover(Value, frozen=True, tag="ask_cover"):
    """What share of the people would one of these units reach within the limit?

    `rolling`: the limit counts from the wheels' first turn, without what a unit needs before it.
    """

    key: Text
    layer: Key
    limit_s: Seconds
    rolling: bool
    as_of_us: Micros
    starters: tuple[Starter, ...] = ()


class DropLayer(Value, frozen=True, tag="drop_layer"):
    """Nobody waits for this layer any more."""

    layer: Key


LayerRequest = AskReach | AskCover | DropLayer


class ShowRoads(Value, frozen=True, tag="show_roads"):
    """The lines of closed roads, for the map; `RoadsMatched` answers."""

    key: Text
    roads: ClosedRoads
    language: Text = ""


class OpenWorld(Value, frozen=True, tag="open_world"):
    """Open a simulated world (exercises only)."""

    spec: WorldSpec


class Advance(Value, frozen=True, tag="advance"):
    """Let the world run to a time, after telling it what the desk did."""

    to_us: Micros
    orders: tuple[Order, ...] = ()


Request = (
    Open
    | Assess
    | Recommend
    | FindRoute
    | CloseRoads
    | MatchRoads
    | ShowRoads
    | AskReach
    | AskCover
    | DropLayer
    | OpenWorld
    | Advance
)


class Opened(Value, frozen=True, tag="opened"):
    """The engine is ready; `banner` says why the model does not speak, if it does not."""

    model: Text
    bundle_sha: Text
    banner: Message | None
    took_ms: float


class Assessed(Value, frozen=True, tag="assessed"):
    """The severity room's answer."""

    assessment: Assessment


class Recommended(Value, frozen=True, tag="recommended"):
    """The recommendation room's answer."""

    recommendation: Recommendation
    roads_version: int = 0


class RouteFound(Value, frozen=True, tag="route_found"):
    """A line of (lon, lat) pairs on the road; empty where there is no way."""

    key: Text
    lon: tuple[float, ...]
    lat: tuple[float, ...]
    seconds: float | None
    roads_version: int = 0


class RoadsClosed(Value, frozen=True, tag="roads_closed"):
    """The engine counts with `roads_version` of the closures; what was computed before is old."""

    roads_version: int
    pieces: int
    took_ms: float


class RoadsMatched(Value, frozen=True, tag="roads_matched"):
    """The roads that were drawn. `lon`, `lat` hold their lines one after another; `starts` are
    the positions where a line begins. `names` are the streets as the pack writes them, `told` in
    the language asked for. `problem` says why none was found."""

    key: Text
    roads: ClosedRoads
    region_hash: Text
    lon: tuple[float, ...] = ()
    lat: tuple[float, ...] = ()
    starts: tuple[int, ...] = ()
    length_m: float = 0.0
    names: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    problem: Message | None = None


class GroundField(Value, frozen=True):
    """Seconds over the ground on a grid in Web Mercator metres, row by row to the south.

    `packed`: zlib of a little-endian 16-bit number a cell, the difference (modulo 2^16) to the
    cell before in half seconds; then a bit a cell that says whether it is ground of the layer.
    """

    west_m: float
    north_m: float
    cell_m: Annotated[float, msgspec.Meta(gt=0)]
    rows: Annotated[int, msgspec.Meta(ge=1, le=4_000)]
    columns: Annotated[int, msgspec.Meta(ge=1, le=4_000)]
    packed: bytes


class ReachFound(Value, frozen=True, tag="reach_found"):
    """How soon places are reached; no field where none is."""

    key: Text
    layer: Key
    field: GroundField | None
    roads_version: int = 0


class DistrictCover(Value, frozen=True):
    """A district and the share of its people within the limit; names by language, "ref" too."""

    names: dict[str, str]
    share: float


class CoverFound(Value, frozen=True, tag="cover_found"):
    """The share of the people within the limit, and the districts worst off.

    `people` is their number where it is known; `source` says where it comes from ("agency",
    "buildings", "land", "roads": see `dispatch.region.people`).
    """

    key: Text
    layer: Key
    share: float
    people: float | None
    source: Text
    worst: tuple[DistrictCover, ...]
    field: GroundField | None
    roads_version: int = 0


class LayerProgress(Value, frozen=True, tag="layer_progress"):
    """A layer is being computed; `share` (0 to 1) of it is done."""

    key: Text
    layer: Key
    share: float


class LayerFailed(Value, frozen=True, tag="layer_failed"):
    """A layer cannot be computed, and why; advice works on."""

    key: Text
    layer: Key
    message: Message


LayerAnswer = ReachFound | CoverFound | LayerProgress | LayerFailed


class WorldOpened(Value, frozen=True, tag="world_opened"):
    """The simulated world stands; `start_us` is its first moment."""

    start_us: Micros
    title: Message


class Happened(Value, frozen=True, tag="happened"):
    """What the world did up to `to_us`."""

    to_us: Micros
    events: tuple[Event, ...]


class Failed(Value, frozen=True, tag="failed"):
    """A request could not be served; work goes on by protocol.

    `request` is the class of the request, or one of `LOST` when the whole engine went.
    """

    request: Text
    message: Message


Response = (
    Opened
    | Assessed
    | Recommended
    | RouteFound
    | RoadsClosed
    | RoadsMatched
    | ReachFound
    | CoverFound
    | LayerProgress
    | LayerFailed
    | WorldOpened
    | Happened
    | Failed
)

_encoder = msgspec.json.Encoder()
_requests = msgspec.json.Decoder(Request)
_responses = msgspec.json.Decoder(Response)


def encode(message: Request | Response) -> bytes:
    """The bytes of a message."""
    return _encoder.encode(message)


def decode_request(data: bytes) -> Request:
    """A request from bytes; msgspec's errors for anything else."""
    request: Request = _requests.decode(data)
    return request


def decode_response(data: bytes) -> Response:
    """A response from bytes; msgspec's errors for anything else."""
    response: Response = _responses.decode(data)
    return response
