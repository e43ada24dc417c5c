"""What a page with a map says beside its layers, as data for its scripts."""

from typing import Any

from urbangis.publish.model import MapPage, RuleTable, SureTable, ZoneTable
from urbangis.publish.web.layers import text_json


def page_data(page: MapPage, assets: str) -> dict[str, Any]:
    """Return everything on a page but its layers, ready for JSON.

    Parameters
    ----------
    assets
        Where the page finds the assets folder, relative to itself.
    """
    west, south, east, north = page.extent
    basemap = page.basemap
    return {
        "title": text_json(page.title),
        "subtitle": text_json(page.subtitle),
        "languages": list(page.languages),
        "bounds": [[round(south, 6), round(west, 6)], [round(north, 6), round(east, 6)]],
        "review": text_json(page.review),
        "figures": [
            {
                "label": text_json(figure.label),
                "value": text_json(figure.value),
                "note": text_json(figure.note),
                "tone": figure.tone,
            }
            for figure in page.figures
        ],
        "rules": page.rules and _rules_json(page.rules),
        "sure": page.sure and _sure_json(page.sure),
        "charts": [
            {"title": text_json(chart.title), "svg": text_json(chart.svg)} for chart in page.charts
        ],
        "table": page.zone_table and _table_json(page.zone_table),
        "facts": [
            {"label": text_json(fact.label), "value": text_json(fact.value), "brief": fact.brief}
            for fact in page.facts
        ],
        "notices": [
            {"severity": notice.severity, "message": text_json(notice.message)}
            for notice in (*page.notices, *(basemap.notices if basemap else ()))
        ],
        "basemap": basemap and basemap.told(assets),
        "credit": basemap and text_json(basemap.credit),
        "cautions": [text_json(caution) for caution in page.cautions],
        "links": [{"label": text_json(link.label), "href": link.href} for link in page.links],
        "swipes": [
            {"name": text_json(swipe.name), "left": swipe.left, "right": swipe.right}
            for swipe in page.swipes
        ],
    }


def _table_json(table: ZoneTable) -> dict[str, Any]:
    return {
        "levels": [
            {
                "name": text_json(level.name),
                "layer": level.layer,
                "names": list(level.names),
                "others": list(level.others),
            }
            for level in table.levels
        ],
        "measures": [
            {"id": one.id, "name": text_json(one.name), "unit": text_json(one.unit)}
            for one in table.measures
        ],
        "unsnapped": text_json(table.unsnapped),
        "target": table.target,
    }


def _rules_json(rules: RuleTable) -> dict[str, Any]:
    return {
        "rows": [
            {
                "name": text_json(row.name),
                "basis": text_json(row.basis),
                "model": text_json(row.model),
                "counted": text_json(row.counted),
                "rate": row.rate,
            }
            for row in rules.rows
        ],
        "splits": [
            {
                "title": text_json(split.title),
                "groups": [
                    {
                        "color": group.color,
                        "label": text_json(group.label),
                        "amount": text_json(amount),
                        "share": share,
                    }
                    for group, amount, share in zip(
                        split.groups, split.amounts, split.shares, strict=True
                    )
                ],
            }
            for split in rules.splits
        ],
        "notes": [text_json(text) for text in rules.notes],
    }


def _sure_json(table: SureTable) -> dict[str, Any]:
    return {
        "range": text_json(table.range),
        "at": table.at,
        "rows": [
            {
                "name": text_json(row.name),
                "rate": row.rate,
                "people": text_json(row.people),
                "at": row.at,
            }
            for row in table.rows
        ],
        "margin": text_json(table.margin),
        "zones": [
            {
                "name": text_json(zone.name),
                "range": zone.range,
                "covered": text_json(zone.just_covered),
                "missed": text_json(zone.just_missed),
            }
            for zone in table.zones
        ],
        "notes": [text_json(text) for text in table.notes],
    }
