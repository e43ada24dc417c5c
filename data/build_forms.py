"""Write the forms of `indicators/` that are not there yet: build_forms.py.

One lists the towns of the study, the other the pairs of counties that share a border by the
boundaries of the extra `china`. Cells are filled in by hand: 1 yes, 0 no, empty not known.
"""

import csv
from pathlib import Path

import shapely

from urbangis.io.boundaries import read_china_counties

HERE = Path(__file__).parent
SERVICES = ("village_bus", "regional_water", "sewage")
YEAR = "2025"


def write_forms() -> None:
    """Write the forms in which towns and neighbours can be filled in, unless they are there."""
    with (HERE / "layers" / "towns.csv").open(encoding="utf-8-sig", newline="") as file:
        towns = [row for row in csv.DictReader(file) if row["kind"] in ("镇", "乡")]
    _write_form(
        HERE / "indicators" / "town_services.csv",
        ["unit_id", "name", "kind", "county", "zone_id", "year", *SERVICES],
        [
            [*(row[name] for name in ("id", "name", "kind", "county", "county_id")), YEAR]
            + [""] * len(SERVICES)
            for row in towns
        ],
    )
    _write_form(
        HERE / "indicators" / "county_pairs.csv",
        ["a_id", "a_name", "b_id", "b_name", "kind", "shared_border_km", "year", "bus"],
        [[*pair, YEAR, ""] for pair in county_pairs()],
    )


def county_pairs() -> list[list[str]]:
    """List the counties that share a border: ids, names, kind and length of the border."""
    counties = read_china_counties({"province_id": ["320000"]}).to_crs("EPSG:4549")
    counties = counties.sort_values("id", ignore_index=True)
    shapes = counties.geometry.to_numpy()
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    found = []
    for a, b in sorted((int(a), int(b)) for a, b in zip(one, other, strict=True) if a < b):
        border_km = shapely.length(shapely.intersection(shapes[a], shapes[b])) / 1000
        if border_km == 0:
            continue  # they meet at a corner
        rows = counties.loc[[a, b]]
        within = "市内" if rows["city_id"].nunique() == 1 else "跨市"
        districts = rows["name"].str.endswith("区").all()
        names = [str(value) for row in rows[["id", "name"]].to_numpy() for value in row]
        found.append([*names, f"{within}·区-区" if districts else within, f"{border_km:.1f}"])
    return found


def _write_form(path: Path, head: list[str], rows: list[list[str]]) -> None:
    if path.exists():
        return
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([head, *rows])


if __name__ == "__main__":
    write_forms()
