"""Street networks saved by OSMnx: ``.graphml``."""

import ast
from pathlib import Path
from xml.parsers import expat

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from urbangis.errors import ReadError
from urbangis.io import osm_tags
from urbangis.io.osm_texts import ABSENT, Texts
from urbangis.notices import Notice, Text, notice

_ONEWAY = {"True": "yes", "False": "no"}
_REMEDY = "Save it with osmnx.save_graphml, or use a layer of lines."


def read_graph(path: Path) -> gpd.GeoDataFrame:
    """Read the streets of a graph that OSMnx saved.

    Parameters
    ----------
    path
        ``.graphml``: nodes with ``x`` and ``y``, edges with ``highway``.

    Returns
    -------
    GeoDataFrame
        Contract ``streets`` in the CRS that the graph states (None where it states none), with
        the columns of `urbangis.io.osm.read_streets` except durations and barriers; ``id`` is the
        edge, ``"from-to-key"``. A two-way street, which the graph holds once each way, is one
        row. Of several values, as OSMnx leaves them where it joins ways, the first counts.
        ``attrs["notices"]`` holds a tuple of `Notice`.

    Raises
    ------
    ReadError
        If the file is missing, damaged, or no graph of streets.
    """
    graph = _Graph()
    graph.read(path)
    nodes, edges = pd.DataFrame(graph.nodes), pd.DataFrame(graph.edges)
    for table, column in ((nodes, "x"), (nodes, "y"), (edges, "highway")):
        if column not in table:
            raise ReadError(
                f'is no graph of streets: nothing in it has "{column}"', file=path, remedy=_REMEDY
            )
    index = pd.Index(nodes["id"])
    start, end = index.get_indexer(edges["source"]), index.get_indexer(edges["target"])
    xy = nodes[["x", "y"]].astype(float).to_numpy()
    lost = (np.minimum(start, end) < 0) | np.isnan(xy[start] + xy[end]).any(axis=1)
    ids = (edges["source"] + "-" + edges["target"] + "-" + edges["id"]).to_numpy(object)
    if lost.any():
        raise ReadError(
            f"has edges between nodes without a place ({lost.sum()} in all)",
            file=path,
            row=ids[lost][0],
            remedy=_REMEDY,
        )
    given = {key: _texts(edges, key) for key in osm_tags.KEYS}
    tags = {key: texts.mapped(_first) for key, texts in given.items()}
    tags["oneway"] = tags["oneway"].mapped(lambda text: _ONEWAY.get(text, text))
    table = pd.DataFrame(osm_tags.street_columns(tags, np.arange(len(edges))))
    table.insert(0, "id", ids)
    table["start_node"], table["end_node"] = start, end
    streets = gpd.GeoDataFrame(
        table, geometry=_lines(edges, xy[start], xy[end]), crs=graph.about.get("crs")
    )
    again = _is_way_back(streets)
    several = given["highway"].holds(_is_list)
    streets = streets[~again].reset_index(drop=True)
    streets.attrs["notices"] = _notices(ids[several & ~again])
    return streets


def _texts(edges: pd.DataFrame, key: str) -> Texts:
    """Return what the edges say under a key."""
    if key not in edges:
        return Texts(np.full(len(edges), ABSENT), ())
    code, distinct = pd.factorize(edges[key])  # the code of what is missing is ABSENT
    return Texts(code, tuple(distinct))


def _is_list(text: str) -> bool:
    return text.startswith("[") and text.endswith("]")


def _first(text: str) -> str:
    """Return the first of several values, which OSMnx writes as a list of Python."""
    return str(ast.literal_eval(text)[0]) if _is_list(text) else text


def _lines(
    edges: pd.DataFrame, start_xy: NDArray[np.float64], end_xy: NDArray[np.float64]
) -> NDArray[np.object_]:
    """Return edges as drawn; those without a drawing are straight."""
    lines = np.asarray(shapely.linestrings(np.stack([start_xy, end_xy], axis=1)))
    drawn = _texts(edges, "geometry")
    curved = drawn.present
    lines[curved] = shapely.from_wkt(drawn.objects()[curved], on_invalid="ignore")
    return lines


def _is_way_back(streets: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Whether each row is a two-way street that came before, the other way round."""
    lines = streets.geometry.to_numpy()
    ends = np.sort(streets[["start_node", "end_node"]].to_numpy(), axis=1)
    drawn = pd.DataFrame({"one": ends[:, 0], "other": ends[:, 1], "as_is": shapely.to_wkb(lines)})
    # Streets drawn one over the other are told apart: the second goes with the second way back.
    drawn["nth"] = drawn.groupby(["one", "other", "as_is"]).cumcount()
    drawn["as_is"] = shapely.to_wkb(shapely.normalize(lines))
    return np.asarray(drawn.duplicated() & (streets["oneway"] == "no"), bool)


def _notices(ids: NDArray[np.object_]) -> tuple[Notice, ...]:
    text = Text(
        zh=f"有{len(ids)}条道路由不同等级的路段合并而成，按第一个等级计。",
        en=f"{len(ids)} streets are made of ways of several classes; the first counts.",
    )
    return notice("street-classes-mixed", ids, text)


class _Graph:
    """Nodes and edges of a GraphML file, one dictionary each, and what it says of itself."""

    def __init__(self) -> None:
        self.about: dict[str, str] = {}
        self.nodes: list[dict[str, str]] = []
        self.edges: list[dict[str, str]] = []
        self._names: dict[str, str] = {}
        self._row = self.about
        self._key = ""

    def read(self, path: Path) -> None:
        """Read a file; raise `ReadError` if there is none, or it is no XML."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        try:
            parser.Parse(path.read_bytes(), True)  # noqa: FBT003  (takes no keywords)
        except FileNotFoundError as error:
            raise ReadError(
                "there is no such file", file=path, remedy="Correct the path."
            ) from error
        except expat.ExpatError as error:
            raise ReadError(
                f"cannot be read as GraphML: {error}", file=path, remedy=_REMEDY
            ) from error

    def _start(self, element: str, attributes: dict[str, str]) -> None:
        if element == "key":
            self._names[attributes["id"]] = attributes["attr.name"]
        elif element == "data":
            self._key = self._names.get(attributes["key"], "")
        elif element in {"node", "edge"}:
            self._row = {"id": "0"} | attributes
            (self.nodes if element == "node" else self.edges).append(self._row)

    def _end(self, element: str) -> None:
        if element == "data":
            self._key = ""
        elif element in {"node", "edge"}:
            self._row = self.about

    def _text(self, text: str) -> None:
        if self._key:
            self._row[self._key] = self._row.get(self._key, "") + text
