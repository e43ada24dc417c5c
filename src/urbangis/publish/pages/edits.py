"""What a scenario changes, in words."""

from collections.abc import Iterable, Mapping

from urbangis.notices import Text
from urbangis.publish.wording import joined, same
from urbangis.scenario import Edit, Scenario
from urbangis.study import Layer
from urbangis.tables import to_text

_MOST_NAMES = 12
_COLUMNS = {
    "status": Text(zh="状态", en="status"),
    "headway_min": Text(zh="发车间隔（分钟）", en="headway (min)"),
    "speed_kmh": Text(zh="速度（km/h）", en="speed (km/h)"),
    "dwell_min": Text(zh="每站停车（分钟）", en="stop at each station (min)"),
    "ride_min": Text(zh="区间运行（分钟）", en="ride from the stop before (min)"),
    "residents": Text(zh="居住人口", en="residents"),
    "capacity": Text(zh="服务能力", en="capacity"),
    "class": Text(zh="道路等级", en="street class"),
    "oneway": Text(zh="单行", en="one-way"),
    "max_speed_kmh": Text(zh="限速（km/h）", en="speed limit (km/h)"),
    "kind": Text(zh="类别", en="kind"),
}
_VALUES = {
    "operating": Text(zh="运营", en="operating"),
    "under_construction": Text(zh="在建", en="under construction"),
    "planned": Text(zh="规划", en="planned"),
}


def edits_told(
    scenario: Scenario, before: Mapping[str, Layer], after: Mapping[str, Layer]
) -> Text | None:
    """Say in a sentence what a scenario changes; None if it changes nothing.

    Parameters
    ----------
    before, after
        The study's layers without the scenario and under it, for the names of rows.
    """
    if not scenario.edits:
        return None
    told = [_told(edit, before[edit.layer], after[edit.layer]) for edit in scenario.edits]
    return joined(*told, zh="；", en="; ")


def _told(edit: Edit, before: Layer, after: Layer) -> Text:
    name = before.spec.name
    what = _what(edit, before, after)
    return Text(zh=f"{name.zh}：{what.zh}", en=f"{name.en}: {what.en}")


def _what(edit: Edit, before: Layer, after: Layer) -> Text:
    if edit.verb == "add":
        new = _listed(_name(row.get("name") or row["id"], row.get("name_en")) for row in edit.add)
        return Text(zh=f"新增{new.zh}", en=f"new: {new.en}")
    if edit.verb == "add_from":
        file = edit.add_from.name if edit.add_from else ""
        return Text(zh=f"新增“{file}”中的全部记录", en=f'all rows of "{file}" are new')
    if edit.verb == "include":
        new = _rows(edit.include, after)
        return Text(zh=f"新增{new.zh}", en=f"new: {new.en}")
    meant = _rows(edit.where, before, after)
    if edit.verb == "remove":
        return Text(zh=f"撤除{meant.zh}", en=f"taken away: {meant.en}")
    if edit.verb == "move":
        return Text(zh=f"{meant.zh}迁址", en=f"moved: {meant.en}")
    values = [
        _set(column, f"{value:g}" if isinstance(value, float) else str(value))
        for column, value in edit.change.items()
    ]
    to = joined(*values, zh="、", en=", ")
    return Text(zh=f"{meant.zh}的{to.zh}", en=f"{meant.en}: {to.en}")


def _set(column: str, value: str) -> Text:
    name, to = _COLUMNS.get(column, same(column)), _VALUES.get(value, same(value))
    return Text(zh=f"{name.zh}改为{to.zh}", en=f"{name.en} becomes {to.en}")


def _rows(where: Mapping[str, tuple[str, ...]], *layers: Layer) -> Text:
    """Name the rows whose columns hold these values, in the first of the layers that has them."""
    for layer in layers:
        table = layer.table
        if not set(where) <= set(table.columns):
            continue
        meant = table
        for column, values in where.items():
            meant = meant[to_text(meant[column]).isin(values)]
        if len(meant) and "name" in table:
            rows = meant[[name for name in ("id", "name", "name_en") if name in meant]]
            return _listed(
                _name(one.name or one.id, getattr(one, "name_en", None))
                for one in rows.itertuples(index=False)
            )
    return joined(
        *(same(f"{column} = {', '.join(values)}") for column, values in where.items()),
        zh="，",
        en=", ",
    )


def _name(zh: object, en: object) -> Text:
    return Text(zh=str(zh), en=str(en) if isinstance(en, str) and en else str(zh))


def _listed(names: Iterable[Text]) -> Text:
    """Name rows, the first of many."""
    every = list(dict.fromkeys(names))
    some = joined(*every[:_MOST_NAMES], zh="、", en=", ")
    more = len(every) - _MOST_NAMES
    if more <= 0:
        return some
    return Text(zh=f"{some.zh}等{len(every)}处", en=f"{some.en} and {more} more")
