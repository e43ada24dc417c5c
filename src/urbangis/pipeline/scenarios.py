"""A study under a scenario: some of its layers edited, everything else as it is."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import shapely

from urbangis.errors import StudyError
from urbangis.io.vector import is_raster, read_layer
from urbangis.network.joining import join_lines
from urbangis.notices import Notice, Text
from urbangis.pipeline.load import Loaded
from urbangis.pipeline.record import digest
from urbangis.scenario import FOLDER, Edit, Scenario, added, apply_edit, read_scenario
from urbangis.study import Layer, LayerSpec, Study
from urbangis.tables import CONTRACTS, Source

_ADDING = ("add", "add_from", "include")

AS_IT_IS = "baseline"
"""Name of the study with no edits."""


def under_scenario(loaded: Loaded, name: str) -> Loaded:
    """Return a study with the edits of a scenario made in copies of its layers.

    Parameters
    ----------
    loaded
        The study as it is.
    name
        Of a file in the study's folder ``scenarios``, without ``.toml``; ``"baseline"`` for none.

    Returns
    -------
    Loaded
        The study, named after the scenario; layers that no edit names are the same objects.

    Raises
    ------
    InputError
        If the scenario is wrong: it names what is not there, or breaks a layer's contract.
    """
    if name == AS_IT_IS:
        return loaded
    scenario = read_scenario(name, loaded.study.root)
    file = loaded.study.root / FOLDER / f"{name}.toml"
    layers = dict(loaded.layers)
    for edit in scenario.edits:
        _check_layer(edit, loaded.study, layers, file)
        layers[edit.layer] = _edited(layers[edit.layer], edit, loaded.study, file)
    _check_gates(loaded, layers, file)
    spec = loaded.study.spec.model_copy(update={"name": _named(loaded.study.name, scenario)})
    study = replace(loaded.study, spec=spec)
    notices = (*loaded.notices, _told(scenario))
    return replace(loaded, study=study, layers=layers, notices=notices, before=loaded)


def edited_layers(loaded: Loaded, *names: str) -> frozenset[str]:
    """Return the layers that any of the scenarios edits."""
    scenarios = [read_scenario(name, loaded.study.root) for name in names if name != AS_IT_IS]
    return frozenset(edit.layer for scenario in scenarios for edit in scenario.edits)


def told_of(loaded: Loaded, name: str) -> tuple[Text, tuple[Notice, ...]]:
    """Return what a scenario is called, and what a reader must know of it."""
    if name == AS_IT_IS:
        return Text(zh="现状", en="as it is"), ()
    scenario = read_scenario(name, loaded.study.root)
    return scenario.name, (_told(scenario),)


def _edited(layer: Layer, edit: Edit, study: Study, file: Path) -> Layer:
    contract, source = CONTRACTS[layer.spec.table], Source(file, layer.id)
    notices: tuple[Notice, ...] = ()
    if edit.verb == "include":
        rows = _read(layer, {"where": edit.include}, study).table
        new = rows[~rows["id"].isin(layer.table["id"])]
        if new.empty:
            raise source.error(
                "has these rows already", remedy="Name others in include, or leave it out."
            )
        table = added(layer.table, new, contract, source)
    elif edit.verb == "add_from":
        found = _read(layer, {"file": edit.add_from, "layer": None, "join": None}, study)
        table, notices = added(layer.table, found.table, contract, source), found.notices
    else:
        table = apply_edit(layer.table, edit, contract, source)
    if layer.spec.table == "streets" and edit.verb in _ADDING:
        table, told = _joined(layer.table, table)
        notices += told
    return replace(
        layer,
        table=table,
        notices=(*layer.notices, *(replace(one, layer=layer.id) for one in notices)),
        edits=(*layer.edits, _content(edit, study)),
        before=layer.before or layer,
        only_adds=(layer.only_adds or not layer.edits) and edit.verb in _ADDING,
    )


def _content(edit: Edit, study: Study) -> str:
    """Tell all that an edit depends on."""
    file = "" if edit.add_from is None else digest(study.root / edit.add_from)
    return f"{edit.model_dump_json()}{file}"


def _read(layer: Layer, changes: Mapping[str, object], study: Study) -> Layer:
    spec: LayerSpec = layer.spec.model_copy(update=dict(changes))
    return read_layer(layer.id, spec, root=study.root, crs=study.crs)


def _joined(
    before: gpd.GeoDataFrame, after: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    new = after.iloc[len(before) :].explode(index_parts=False)
    return join_lines(before, new)


def _check_layer(edit: Edit, study: Study, layers: Mapping[str, Layer], file: Path) -> None:
    """Refuse to edit what is no table of rows, or what the study's levels are made of."""
    problem = None
    if edit.layer not in layers:
        problem = f'names a layer "{edit.layer}" that is not there'
    elif edit.layer == study.spec.levels[0].layer:
        problem = f'edits "{edit.layer}", whose zones both states are counted by'
    elif is_raster(layers[edit.layer].spec):
        problem = f'edits "{edit.layer}", which is a raster and has no rows'
    if problem is not None:
        raise StudyError(problem, file=file, remedy=f"Name one of: {', '.join(sorted(layers))}.")


def _check_gates(loaded: Loaded, layers: Mapping[str, Layer], file: Path) -> None:
    """Refuse to move a facility and leave its gates behind: nothing would seem to change."""
    for service in loaded.study.spec.services.values():
        if service.gates is None:
            continue
        _, staying = _moved_and_staying(loaded.layers[service.gates], layers[service.gates])
        owners = set(staying["facility_id"])
        for name in service.facilities:
            moved, _ = _moved_and_staying(loaded.layers[name], layers[name])
            left = moved[moved["id"].isin(owners)]
            if len(left):
                raise StudyError(
                    f'moves "{left["id"].iloc[0]}" of "{name}" whose gates are in '
                    f'"{service.gates}"',
                    file=file,
                    remedy=f'Move the gates as well: another edit of "{service.gates}".',
                )


def _moved_and_staying(before: Layer, after: Layer) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return the rows that a scenario puts elsewhere, and those that it leaves where they are."""
    then = before.table.set_index("id").geometry
    kept = after.table[after.table["id"].isin(then.index)]
    stays = shapely.equals_identical(kept.geometry.array, then[kept["id"]].array)
    return kept[~stays], kept[stays]


def _named(name: Text, scenario: Scenario) -> Text:
    return Text(
        zh=f"{name.zh}（情景：{scenario.name.zh}）", en=f"{name.en} (scenario: {scenario.name.en})"
    )


def _told(scenario: Scenario) -> Notice:
    """Tell that these are figures of a scenario, and what it assumes."""
    note = scenario.note or Text(zh="", en="")
    stated = Text(zh=f"{note.zh}。" if note.zh else "", en=f"{note.en}. " if note.en else "")
    source = scenario.source
    return Notice(
        "scenario",
        "warning",
        len(scenario.edits),
        Text(
            zh=f"情景“{scenario.name.zh}”，共{len(scenario.edits)}项改动，不是现状。{stated.zh}"
            + (f"依据：{source}。" if source else ""),
            en=f'The figures are of the scenario "{scenario.name.en}" (edits: '
            f"{len(scenario.edits)}), not of things as they are. {stated.en}"
            + (f"Source: {source}." if source else ""),
        ),
    )
