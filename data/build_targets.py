"""Build the catalogue of policy clauses from a table of facts: build_targets.py FACTS_DIR.

FACTS_DIR holds `targets.csv`: the clauses of the two documents with their quotes, numbers and
scopes. What is decided and worded by hand stands beside this script: the indicator, measure and
unit of each clause (`targets/indicators.csv`), scopes (`targets/scopes.csv`), the names of layers
(`targets/layers.csv`), and below the goals of clauses that ask for more than one number.
"""

import csv
import json
import re
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
OUT = HERE.parent / "src" / "urbangis" / "catalog" / "targets"

POLICIES = {
    "2013": {
        "id": "jiangsu-2013",
        "name": ("2013年城镇化实施方案", "2013 urbanisation plan"),
        "document": "贯彻落实省政府关于扎实推进城镇化促进城乡发展一体化意见实施方案"
        "（江苏省人民政府办公厅，2013-09-26）",
    },
    "2024": {
        "id": "jiangsu-2024",
        "name": ("2024年新型城镇化行动方案", "2024 action plan of new urbanisation"),
        "document": "江苏省深入实施以人为本的新型城镇化战略五年行动计划实施方案"
        "（苏政发〔2024〕102号）",
    },
}
NOTE = (
    "原文逐条核对；指标、算法和所需图层是本系统的解读",
    "Quotes are checked against the text; indicators, measures and layers are our reading",
)
KINDS = {
    "a": "coverage",
    "b": "share",
    "c": "connectivity",
    "d": "overlay",
    "e": "travel_time",
    "f": "length_count",
    "g": "siting",
    "T": "reported",
}
LEVELS = {"V": "layers", "R": "register", "T": "reported"}
UNITS_EN = {
    "%": "%",
    "‰": "‰",
    "百分点": "points",
    "处/万人": "per 10,000 people",
    "平方公里": "km²",
    "公里": "km",
    "公里/平方公里": "km/km²",
    "公顷": "ha",
    "分钟": "min",
    "万亩": "× 10,000 mu",
    "亿斤": "× 100 million jin",
    "平方米/人": "m² per person",
    "万平方米": "× 10,000 m²",
    "张/千名老人": "beds per 1,000 older people",
    "人": "people",
    "人/年": "people a year",
    "辆": "vehicles",
    "倍": "times",
    "次/年": "a year",
    "套": "homes",
    "对": "pairs",
    "宗": "plots",
    "个/县": "per county",
    "亿元": "× 100 million yuan",
    "万元/亩": "× 10,000 yuan per mu",
    "万座": "× 10,000",
    "万户": "× 10,000 households",
    "万张": "× 10,000 beds",
    "万册": "× 10,000 books",
    "万场": "× 10,000 shows",
    "场": "shows",
}
"""Units whose English is a word; counts of things (个, 家, 处 and the like) are bare numbers."""

LAYERS_EN = {
    "agri_plots": "farm plots",
    "agri_bases": "certified farm bases",
    "dem": "elevation model",
    "ugb": "urban growth boundary",
    "regions": "regions of the province",
    "population_3_6": "children of 3 to 6",
    "population_60plus": "people over 60",
    "population_school_age": "children of school age",
    "pois": "points of interest",
    "industrial_parcels": "industrial plots",
    "built_up": "built-up area of several years",
    "construction_land": "construction land of two years",
    "boundaries": "boundaries of the city region, the districts and the urban area",
}
NEEDS = {
    "all facility layers": ("公共服务设施", "facilities"),
    "facility layers": ("公共服务设施", "facilities"),
    "all": ("各类专题图层", "layers of every theme"),
    "ugb/built_up": ("城镇开发边界（或建成区范围）", "urban growth boundary or built-up area"),
    "as above": ("乡镇、公交线路、行政村（自然村）", "towns, bus routes, villages"),
    "targets": ("", ""),
    "t1": ("", ""),
    "-": ("", ""),
}
ATTRIBUTES = {
    "R": ("名册或统计表", "register or table"),
    "T": ("主管部门上报的数字", "number reported by the department concerned"),
}
DUE = {
    "2013H1": (2013, ("2013年上半年", "first half of 2013")),
    "2013+": (None, ("2013年起", "from 2013 on")),
    "five-year plan": (None, ("五年行动计划期内", "within the five-year plan")),
    "annual": (None, ("每年", "every year")),
    "2025–2029": (None, ("2025—2029年", "2025 to 2029")),
}
SUNAN = ("320100", "320200", "320400", "320500", "321100")
SUZHONG = ("320600", "321000", "321200")
SUBEI = ("320300", "320700", "320800", "320900", "321300")

Row = dict[str, str]
Pair = tuple[str, str]


def goal(value: float, origin: str = "document", **more: Any) -> dict[str, Any]:
    """Describe a goal; `more` as in the catalogue."""
    return {"value": value, "origin": origin, **more}


def item(value: float, zh: str, en: str, unit: str | None = None) -> dict[str, Any]:
    """Describe a goal of a clause that asks for several things."""
    more = {} if unit is None else {"unit": (unit, UNITS_EN.get(unit, ""))}
    return goal(value, item=(zh, en), **more)


def group(value: float, zh: str, en: str, zones: tuple[str, ...]) -> dict[str, Any]:
    """Describe a goal that is asked of one group."""
    return goal(value, scope=(zh, en), zones=zones)


# Clauses with several numbers, or whose number in the table is that of something else: 106 limits
# of drinking water, a depth of 12.5 m, a circle of 60 minutes, four ports. Nobody asks a share.
GOALS: dict[str, list[dict[str, Any]]] = {
    "T13-029": [
        item(80, "新增高效农业面积", "New area of efficient farming"),
        item(300, "新增适度规模经营面积", "New area of larger farms"),
    ],
    "T13-033": [
        item(10, "生态循环农业示范县", "Demonstration counties"),
        item(200, "生态循环农业示范工程", "Demonstration projects"),
    ],
    "T13-046": [
        group(100, "苏南", "Southern Jiangsu", SUNAN),
        group(40, "苏中", "Central Jiangsu", SUZHONG),
        group(40, "苏北", "Northern Jiangsu", SUBEI),
    ],
    "T13-054": [
        item(80, "新增无害化卫生户厕", "New sanitary toilets", "万座"),
        item(75, "无害化卫生户厕普及率", "Households with a sanitary toilet"),
    ],
    "T13-060": [
        item(50, "遴选建设项目（50—60个）", "Projects chosen (50 to 60)", "个"),
        item(500, "加固改造、新建重建校舍", "School buildings strengthened or rebuilt"),
    ],
    "T13-064": [goal(100, "reading")],
    "T13-065": [
        item(40, "社区卫生服务中心基础设施建设", "Community health centres built"),
        item(100, "乡镇卫生院基础设施建设", "Town clinics built"),
        item(80, "社区卫生服务中心设备装备", "Community health centres equipped"),
        item(200, "乡镇卫生院设备装备", "Town clinics equipped"),
    ],
    "T13-067": [
        item(60, "新增有线电视用户", "New cable subscribers", "万户"),
        item(87.8, "有线电视入户率", "Households with cable television"),
    ],
    "T13-070": [goal(2)],
    "T13-074": [
        item(90, "目标人群覆盖率", "Coverage of the target group"),
        item(85, "流动人口免费技术服务覆盖率", "Free services for migrants"),
    ],
    "T13-075": [
        item(80, "送书刊", "Books", "万册"),
        item(2800, "送戏", "Plays", "场"),
        item(15, "送电影", "Films", "万场"),
    ],
    "T13-076": [
        item(2000, "社区居家养老服务中心（站）", "Community care centres"),
        item(250, "省级示范性居家养老服务中心", "Provincial demonstration centres"),
        item(300, "农村“老年关爱之家”", "Rural homes of care"),
        item(25, "“虚拟养老院”", "Virtual care homes"),
    ],
    "T13-077": [
        item(3.5, "新增养老床位", "New beds", "万张"),
        item(5, "护理型床位占比提高", "Rise in the share of nursing beds", "百分点"),
        item(5, "民办机构床位占比提高", "Rise in the share of private beds", "百分点"),
    ],
    "T13-078": [goal(100 / 3)],
    "T13-079": [goal(1, "reading")],
    "T13-080": [goal(2, "reading")],
    "T13-081": [goal(3, "reading")],
    "T13-083": [],
    "T13-084": [],
    "T13-086": [item(2, "航道", "Waterways"), item(3, "船闸", "Locks")],
    "T13-092": [],
    "T13-108": [
        goal(43),
        group(100, "苏南", "Southern Jiangsu", SUNAN),
        item(100, "新增开通镇村公交的乡镇", "Towns newly given the service", "个"),
    ],
    "T13-116": [
        item(6, "申报国家生态园林城市", "Applicants for ecological garden city"),
        item(1, "申报国家园林城市", "Applicants for garden city"),
    ],
    "T13-121": [],
    "T24-012": [
        item(1, "优势主导产业集群", "Leading clusters"),
        item(1, "潜力突破产业集群", "Rising clusters"),
    ],
    "T24-015": [],
    "T24-024": [],
    "T24-028": [],
    "T24-029": [],
    "T24-034": [],
    "T24-046": [],
    "T24-052": [
        item(5, "万兆先锋城市", "10-gigabit cities"),
        item(50, "万兆园区", "10-gigabit parks"),
    ],
}
NOTES: dict[str, Pair] = {
    "T13-046": (
        "文件把苏中、苏北连写为“40%以上”，此处按两个地区分别对照",
        (
            'The document gives "over 40 %" for central and northern Jiangsu in one breath; '
            "each is held against it"
        ),
    ),
    "T13-051": (
        "未查到分母的官方口径，按镇和乡计",
        "No official denominator was found; towns and townships are counted",
    ),
    "T13-052": ("分母只计建制镇，不含乡和街道", "Only towns (zhen) are counted"),
    "T13-062": (
        "文件未规定出行方式和分母",
        "The document names neither mode of travel nor denominator",
    ),
    "T13-063": (
        "文件未规定出行方式和分母",
        "The document names neither mode of travel nor denominator",
    ),
    "T13-103": (
        "分母为镇和乡，个别年份的公报另含涉农街道；只有全部行政村通公交的乡镇才算开通",
        (
            "Towns and townships are counted, in some years rural subdistricts too; a town "
            "counts only when every village of it is served"
        ),
    ),
    "T13-108": (
        "与2015年目标口径不一：此处称苏南已全覆盖，2015年目标却把南京、镇江列入60%一组",
        (
            "At odds with the goals of 2015: here southern Jiangsu is complete, there Nanjing and "
            "Zhenjiang are in the group of 60 %"
        ),
    ),
    "T13-117": (
        "文件未规定社区“建成”的判定标准",
        "The document does not say when a community counts as covered",
    ),
    "T24-028": (
        "“1小时通勤圈”没有法定定义，文件也未给出覆盖率",
        'The "one-hour commuting circle" has no legal definition, and no rate is asked for',
    ),
    "T24-060": (
        "分母口径不同，结果不同：按2021年县级界线，全省相邻县级单元242对，不计同市的区与区166对，只计跨市96对",
        (
            "The denominator decides: by the boundaries of 2021 there are 242 neighbouring pairs, "
            "166 without districts of one city, 96 across city borders"
        ),
    ),
}


def read(path: Path) -> list[Row]:
    """Read a CSV as dicts."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def goals_of(row: Row) -> list[dict[str, Any]]:
    """Return the goals of a clause: those of `GOALS`, or its one number."""
    if row["id"] in GOALS:
        return GOALS[row["id"]]
    if not row["target_value"]:
        return []
    value = float(row["target_value"])
    origin = "reading" if row["target_origin"].startswith("reading") else "document"
    if row["op"] == "≈":
        return [goal(value, origin, operator="about")]
    falls = value == 0 and row["op"] in ("=", "→")
    return [goal(value, origin, **({"operator": "at_most"} if falls else {}))]


def needs_of(row: Row, names: dict[str, str]) -> Pair:
    """Name the layers or lists that a clause takes."""
    found: dict[str, str] = {}
    for part in re.split(r",(?![^()]*\))", row["layers"]):
        term = re.sub(r"\(.*\)| t[01]$", "", part).strip()
        if "(attr" in part and row["level"] != "V":
            zh, en = ATTRIBUTES[row["level"]]
        elif term in NEEDS:
            zh, en = NEEDS[term]
        else:
            zh, en = names[term], LAYERS_EN.get(term, term.replace("_", " "))
        if zh:
            found[zh] = en
    if not found or row["level"] == "T":
        zh, en = ATTRIBUTES["T" if row["level"] == "T" else "R"]
        found = {zh: en}
    return "、".join(found), ", ".join(found.values())


def targets_of(rows: list[Row]) -> list[dict[str, Any]]:
    """Describe the clauses of one document."""
    indicators = {row["id"]: row for row in read(HERE / "targets" / "indicators.csv")}
    scopes = {row["scope"]: row for row in read(HERE / "targets" / "scopes.csv")}
    layers = {row["term"]: row["zh"] for row in read(HERE / "targets" / "layers.csv")}
    found = []
    for row in rows:
        own, scope = indicators[row["id"]], scopes[row["scope"]]
        year = row["target_year"]
        due = DUE[year] if year in DUE else (int(year) if year else None, None)
        unit = own["unit"].strip("—")
        values = {
            "id": row["id"],
            "clause": row["clause"] if row["document"] == "2013" else f"第{row['clause']}条",
            "quote": row["quote"],
            "kind": KINDS[row["category"]],
            "name": (own["name_zh"], own["name_en"]),
            "unit": (unit, UNITS_EN.get(unit, "")),
            "measure": own["measure"],
            "level": LEVELS[row["level"]],
            "needs": needs_of(row, layers),
            "scope": (scope["zh"], scope["en"]),
            "zones": tuple(scope["zones"].split()),
            "year": due[0],
            "due": due[1],
            "goals": goals_of(row),
            "note": NOTES.get(row["id"]),
        }
        found.append({key: value for key, value in values.items() if value not in (None, (), [])})
    return found


def written(value: Any) -> str:
    """Write a value as TOML."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, float | int):
        return f"{value:g}"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {written(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, list):
        return "[" + "".join(f"\n    {written(one)}," for one in value) + "\n]"
    raise TypeError(value)


def texts(value: Any, *, key: str = "") -> Any:
    """Turn pairs of texts into tables of zh and en; ``zones`` stay a list."""
    if key == "zones":
        return list(value)
    if isinstance(value, tuple):
        return {"zh": value[0], "en": value[1]}
    if isinstance(value, list):
        return [texts(one) for one in value]
    if isinstance(value, dict):
        return {name: texts(one, key=name) for name, one in value.items()}
    return value


def entry(values: dict[str, Any]) -> str:
    """Write one clause."""
    lines = [f"{key} = {written(value)}" for key, value in texts(values).items()]
    return "[[targets]]\n" + "\n".join(lines)


def policy(document: str, rows: list[Row]) -> str:
    """Write one document."""
    about = POLICIES[document]
    head = (
        "# Written by data/build_targets.py: change that, or the tables beside it, not this.\n"
        f"id = {written(about['id'])}\nname = {written(texts(about['name']))}\n\n[source]\n"
        f'document = {written(about["document"])}\nclause = "全文"\n'
        f'note = {written(texts(NOTE))}\nconfidence = "high"\n'
    )
    return "\n\n".join([head.rstrip("\n"), *map(entry, targets_of(rows))]) + "\n"


def main(facts: Path) -> None:
    """Write one file for each document."""
    rows = read(facts / "targets.csv")
    OUT.mkdir(exist_ok=True)
    for document, about in POLICIES.items():
        text = policy(document, [row for row in rows if row["document"] == document])
        (OUT / f"{about['id']}.toml").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
