"""Every notebook runs without a word of warning, and says what it says in the repository."""

import ast
import os
import re
from pathlib import Path

import geopandas as gpd
import nbformat
import pytest
import shapely
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

FOLDER = Path(__file__).parents[1] / "notebooks"
OF_THE_TOWN = ["health-circle", "park-three-rules"]
OF_A_CITY = "your-own-city"
VARIABLES = ("URBANGIS_CITY_OSM", "URBANGIS_CITY_PEOPLE", "URBANGIS_CITY_ZONES")
ISLANDS = {  # each box holds one island of the Comoros; its borders run through the sea
    "ngazidja": (43.10, -12.00, 43.58, -11.30),
    "mwali": (43.58, -12.50, 43.95, -12.15),
    "ndzuani": (44.10, -12.50, 44.65, -11.95),
}


def stored(name: str) -> nbformat.NotebookNode:
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def executed(name: str) -> nbformat.NotebookNode:
    notebook = stored(name)
    resources = {"metadata": {"path": str(FOLDER)}}
    NotebookClient(notebook, timeout=600, kernel_name="python3", resources=resources).execute()
    return notebook


def said(notebook: nbformat.NotebookNode) -> list[str]:
    """What is printed and shown, pictures as their kind."""
    texts = []
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            picture = "a picture" if "image/png" in data else None
            texts.append(picture or output.get("text") or data.get("text/plain", ""))
    return texts


def test_each_is_told_in_the_readme():
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    names = sorted(path.stem for path in FOLDER.glob("*.ipynb"))
    assert names == sorted([*OF_THE_TOWN, OF_A_CITY])
    assert re.findall(r"\]\((.*?)\.ipynb\)", readme) == names


@pytest.mark.parametrize("name", [*OF_THE_TOWN, OF_A_CITY])
def test_each_is_small_bilingual_and_without_logic_of_its_own(name):
    assert (FOLDER / f"{name}.ipynb").stat().st_size < 200_000
    notebook = stored(name)
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    assert all(re.search(r"[\u4e00-\u9fff]", text) for text in texts)
    assert all(re.search(r"[A-Za-z]{3}", text) for text in texts)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(code, 1):
        assert cell.execution_count == number, "executed from top to bottom"
        for node in ast.walk(ast.parse(cell.source)):
            kinds = (ast.FunctionDef, ast.ClassDef, ast.While, ast.If, ast.Try)
            assert not isinstance(node, kinds), ast.unparse(node)
    for link in re.findall(r"\]\(([^)]+)\)", "\n".join(texts)):
        assert (FOLDER / link).exists(), link


@pytest.mark.parametrize("name", OF_THE_TOWN)
def test_the_town_comes_out_as_it_stands(name):
    notebook = executed(name)
    assert said(notebook) == said(stored(name))
    assert "a picture" in said(notebook)
    streams = [one.name for cell in notebook.cells for one in cell.get("outputs", ())
               if one.output_type == "stream"]  # fmt: skip
    assert "stderr" not in streams


def test_a_city_of_ones_own(real_data, tmp_path, monkeypatch):
    zones = gpd.GeoDataFrame(
        {"id": list(ISLANDS), "name": list(ISLANDS)},
        geometry=[shapely.box(*box) for box in ISLANDS.values()],
        crs="EPSG:4326",
    )
    zones.to_file(tmp_path / "islands.geojson")
    (raster,) = (real_data / "raster/comoros").glob("*.tif")
    files = (real_data / "osm/comores-latest.osm.pbf", raster, tmp_path / "islands.geojson")
    for variable, file in zip(VARIABLES, files, strict=True):
        monkeypatch.setenv(variable, str(file))
    assert said(executed(OF_A_CITY)) == said(stored(OF_A_CITY))


def test_a_city_without_files_says_what_to_give(monkeypatch):
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    assert not set(VARIABLES) & set(os.environ)
    with pytest.raises(CellExecutionError, match="请设置环境变量.*" + ", ".join(VARIABLES)):
        executed(OF_A_CITY)
