"""A new street is joined at its ends, and changes nothing else; all at 1 m/s, by hand."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

import worlds
from urbangis.network.build import build_network
from urbangis.network.entrances import facility_entrances
from urbangis.network.joining import join_lines
from urbangis.network.snap import snap_points
from urbangis.travel.costs import network_costs


def ladder() -> gpd.GeoDataFrame:
    """Two streets 100 m apart, 1,000 m long, joined at their north ends."""
    return worlds.streets([(0, 0), (0, 1000)], [(100, 0), (100, 1000)], [(0, 1000), (100, 1000)])


def numbered() -> gpd.GeoDataFrame:
    return ladder().assign(start_node=[10, 20, 11], end_node=[11, 21, 21])


def bridge(*xy) -> gpd.GeoDataFrame:
    return worlds.streets(xy).assign(id="bridge")


def walk_s(streets, start, stop) -> float:
    network, _ = build_network(streets, worlds.mode())
    entrances, _ = facility_entrances(network, worlds.supply(stop))
    snaps = snap_points(network, np.array([shapely.Point(start)], object))
    return network_costs(network, snaps, entrances, limit_s=1e6, direction="to_facility").cost[0]


@pytest.mark.parametrize("streets", [ladder(), numbered()], ids=["by place", "by number"])
@pytest.mark.parametrize(
    ("ends", "seconds"),
    [
        ([(0, 200), (100, 200)], 100 + 100 + 100),
        ([(3, 200), (97, 200)], 100 + 100 + 100),  # the ends are moved onto the streets
        ([(-3, 200), (100, 204.9)], 100 + np.hypot(100, 4.9) + 104.9),
        ([(2, 2), (98, 1)], 100 + 100 + 100),  # to the ends of the streets
        ([(0, 200), (50, 240), (100, 200)], 100 + 2 * np.hypot(50, 40) + 100),
    ],
)
def test_a_bridge_joins_both_banks(streets, ends, seconds):
    home, clinic = (0, 100), (100, 100)
    assert walk_s(streets, home, clinic) == pytest.approx(900 + 100 + 900)
    table, notices = join_lines(streets, bridge(*ends))
    assert walk_s(table, home, clinic) == pytest.approx(seconds)
    assert not notices
    assert table["id"].is_unique
    assert table["id"].iloc[-1] == "bridge"
    old = table[table["id"] != "bridge"]
    assert old.length.sum() == pytest.approx(streets.length.sum())


def test_a_street_that_meets_nothing_is_told_and_joins_nothing():
    table, (told,) = join_lines(ladder(), bridge((6, 200), (100, 200)))
    assert walk_s(table, (0, 100), (100, 100)) == pytest.approx(1900)
    assert (told.code, told.count, told.sample_ids) == (
        "new-street-leads-nowhere", 1, ("bridge",),
    )  # fmt: skip
    table, (told,) = join_lines(numbered(), bridge((6, 200), (94, 200)))
    assert told.count == 2
    assert table[["start_node", "end_node"]].iloc[-1].tolist() == [22, 23]


def test_the_loose_end_of_a_street_is_not_its_other_end():
    """300 m out from the west bank, which is cut for it; whoever lives at the far end walks it."""
    for streets in (ladder(), numbered()):
        for line in ([(-300, 200), (0, 200)], [(0, 200), (-300, 200)]):
            table, _ = join_lines(streets, bridge(*line))
            assert walk_s(table, (-300, 200), (0, 100)) == pytest.approx(300 + 100)
    assert table["start_node"].iloc[-1] != table["end_node"].iloc[-1]


def test_new_streets_join_each_other_but_not_what_they_cross():
    """A quay from the west bank to mid-river and a pier on from there, over a third street."""
    crossed = worlds.streets([(70, 0), (70, 1000)]).assign(id="under")
    streets = gpd.GeoDataFrame(
        worlds.pd.concat([ladder(), crossed], ignore_index=True), crs=worlds.CRS
    )
    new = worlds.streets([(0, 200), (50, 200)], [(51, 200), (100, 200)]).assign(id=["quay", "pier"])
    table, _ = join_lines(streets, new)
    assert walk_s(table, (0, 100), (100, 100)) == pytest.approx(300)
    assert (table["id"] == "under").sum() == 1


def test_the_pieces_of_a_cut_street_keep_what_it_is():
    streets = worlds.streets([(0, 0), (0, 1000)]).assign(
        oneway="yes", duration_s=500.0, start_barrier="gate", end_barrier="bollard",
        start_node=1, end_node=2, name="大街",
    )  # fmt: skip
    table, _ = join_lines(streets, bridge((0, 300), (80, 300)))
    first, second, new = (row for _, row in table.iterrows())
    assert (first["id"], second["id"]) == ("s0-0", "s0-1")
    assert (first["start_node"], first["end_node"]) == (1, new["start_node"])
    assert (second["start_node"], second["end_node"]) == (new["start_node"], 2)
    assert (first["duration_s"], second["duration_s"]) == pytest.approx((150, 350))
    assert first["start_barrier"] == "gate"
    assert second["end_barrier"] == "bollard"
    assert worlds.pd.isna([first["end_barrier"], second["start_barrier"]]).all()
    assert {first["oneway"], second["oneway"]} == {"yes"}
    assert {first["name"], second["name"]} == {"大街"}
