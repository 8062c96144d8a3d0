"""A GeoTIFF as the painter cuts it: any coordinate system, by its overviews."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
from PySide6.QtGui import QImage
from rasterio.crs import CRS
from rasterio.enums import ColorInterp, Resampling
from rasterio.errors import RasterioError
from rasterio.transform import from_bounds
from rasterio.vrt import WarpedVRT
from rasterio.warp import transform_bounds

from dispatch.domain.message import Problem

Box = tuple[float, float, float, float]

#: Most pixels of the file that one tile may have to read: more calls for overviews.
_MOST_PIXELS = 40_000_000
#: GDAL reads the named file and its overviews, nothing else, and never calls anybody.
_SAFE = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "TRUE",
    "GDAL_CACHEMAX": 64,
    "GDAL_NUM_THREADS": 1,
    "GDAL_HTTP_TIMEOUT": 1,
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "GDAL_MAX_DATASET_POOL_SIZE": 4,
}
_WORLD = CRS.from_epsg(3857)


class GeoTiff:
    """One file. Raises `Problem` (`map.underlay_*`)."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._open: dict[int | None, Any] = {}
        try:
            with rasterio.Env(**_SAFE):
                data = self._dataset(None)
                if data.crs is None:
                    raise Problem("map.underlay_nowhere", file=path)
                if data.count not in (1, 2, 3, 4) or data.dtypes[0] not in ("uint8", "uint16"):
                    what = f"{data.count} x {data.dtypes[0]}"
                    raise Problem("map.underlay_format", file=path, what=what)
                self._colours = _palette(data)
                self._overviews = data.overviews(1)
                self._bounds: Box = transform_bounds(data.crs, _WORLD, *data.bounds)
                width = self._bounds[2] - self._bounds[0]
                self._metres_a_pixel = max(width / data.width, 1e-6)
        except (RasterioError, OSError, ValueError) as error:
            raise Problem("map.underlay_broken", file=path, what=str(error)) from error
        if not all(math.isfinite(value) for value in self._bounds):
            raise Problem("map.underlay_nowhere", file=path)

    def cut(self, box: Box, side: int) -> QImage | None:
        """What of it lies in a box of world metres."""
        west, south, east, north = self._bounds
        if box[0] >= east or box[2] <= west or box[1] >= north or box[3] <= south:
            return None
        factor = (box[2] - box[0]) / side / self._metres_a_pixel
        level = None
        for number, shrunk in enumerate(self._overviews):
            if shrunk <= factor:
                level = number
        left_over = factor / (self._overviews[level] if level is not None else 1)
        if (side * left_over) ** 2 > _MOST_PIXELS:
            raise Problem("map.underlay_overviews", file=self._path)
        try:
            with rasterio.Env(**_SAFE):
                return self._read(box, side, level)
        except (RasterioError, OSError, ValueError) as error:
            raise Problem("map.underlay_broken", file=self._path, what=str(error)) from error

    def _dataset(self, level: int | None) -> Any:
        if level not in self._open:
            more = {} if level is None else {"overview_level": level}
            self._open[level] = rasterio.open(self._path, driver="GTiff", **more)
        return self._open[level]

    def _read(self, box: Box, side: int, level: int | None) -> QImage:
        data = self._dataset(level)
        smooth = Resampling.nearest if self._colours is not None else Resampling.bilinear
        with WarpedVRT(
            data,
            crs=_WORLD,
            transform=from_bounds(*box, side, side),
            width=side,
            height=side,
            resampling=smooth,
            add_alpha=ColorInterp.alpha not in data.colorinterp,
        ) as warped:
            bands = warped.read()
        if bands.dtype != np.uint8:
            bands = (bands >> 8).astype(np.uint8)
        alpha = bands[-1]
        if self._colours is not None:
            colour = self._colours[bands[0]]
        elif len(bands) >= 4:
            colour = np.moveaxis(bands[:3], 0, -1)
        else:
            colour = np.repeat(bands[0][..., None], 3, axis=2)
        pixels = np.empty((side, side, 4), dtype=np.uint8)
        pixels[..., :3] = colour
        pixels[..., 3] = alpha
        image = QImage(pixels.tobytes(), side, side, side * 4, QImage.Format.Format_RGBA8888)
        return image.copy()


def _palette(data: Any) -> npt.NDArray[np.uint8] | None:
    """The colours of a file with a palette."""
    if data.colorinterp[0] is not ColorInterp.palette:
        return None
    colours = np.zeros((256, 3), dtype=np.uint8)
    for number, colour in data.colormap(1).items():
        if 0 <= number < 256:
            colours[number] = colour[:3]
    return colours
