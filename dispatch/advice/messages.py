"""What goes between the centre and the engine process: bytes with a schema, never pickle."""

from __future__ import annotations

import msgspec

from dispatch.domain.advice import Assessment, Recommendation
from dispatch.domain.closure import ClosedRoads, ClosureShape
from dispatch.domain.incident import Answer
from dispatch.domain.message import Message
from dispatch.domain.value import Key, Micros, Point, Text, Value
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

    `street` is a name to keep to where it can be; `one_way` shuts only the drawn direction.
    """

    key: Text
    points: tuple[Point, ...]
    shape: ClosureShape = ClosureShape.LINE
    street: Text = ""
    one_way: bool = False


class OpenWorld(Value, frozen=True, tag="open_world"):
    """Open a simulated world (exercises only)."""

    spec: WorldSpec


class Advance(Value, frozen=True, tag="advance"):
    """Let the world run to a time, after telling it what the desk did."""

    to_us: Micros
    orders: tuple[Order, ...] = ()


Request = Open | Assess | Recommend | FindRoute | CloseRoads | MatchRoads | OpenWorld | Advance


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
    the positions where a line begins. `problem` says why none was found."""

    key: Text
    roads: ClosedRoads
    region_hash: Text
    lon: tuple[float, ...] = ()
    lat: tuple[float, ...] = ()
    starts: tuple[int, ...] = ()
    length_m: float = 0.0
    names: tuple[str, ...] = ()
    problem: Message | None = None


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
