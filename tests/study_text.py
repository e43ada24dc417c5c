"""Parts of study files and of policy documents as TOML, for studies that tests write to disk."""

import json
from datetime import date
from pathlib import Path

POLICY = """\
id = "plan"
name = { zh = "方案", en = "Plan" }
source = { document = "a plan", clause = "all", confidence = "high" }
"""


def table(head: str, **keys: object) -> str:
    """Write a table: ``[layers.homes]`` or ``[[targets]]``, and a line for each key."""
    lines = [head, *(f"{key} = {_value(value)}" for key, value in keys.items())]
    return "\n" + "\n".join(lines) + "\n"


def head(*, zh: str, en: str) -> str:
    """Write the head of a study whose only level are the blocks of the layer ``blocks``."""
    name = {"zh": zh, "en": en}
    level = {"id": "block", "name": {"zh": "街区", "en": "Block"}, "layer": "blocks"}
    return table("", crs="EPSG:4549", name=name) + table("[[levels]]", **level)


def layer(name: str, kind: str, file: str, *, zh: str, en: str, **more: object) -> str:
    """Write a layer of synthetic data that has the contract ``kind``."""
    keys = {"table": kind, "file": file, "nature": "synthetic", "source": "tests"}
    return table(f"[layers.{name}]", name={"zh": zh, "en": en}, **keys, **more)


def clause(target: str, measure: str, *, unit: str = "%", **more: object) -> str:
    """Write a clause of a policy document; ``more`` are further keys, or other values."""
    keys = {
        "id": target,
        "clause": "1",
        "quote": "原文",
        "kind": "share",
        "name": {"zh": "指标", "en": "Indicator"},
        "unit": {"zh": unit, "en": unit},
        "measure": measure,
        "level": "layers",
        "needs": {"zh": "某图层", "en": "some layer"},
        "scope": {"zh": "全镇", "en": "Whole town"},
    }
    return table("[[targets]]", **(keys | more))


def write_policy(folder: Path, *clauses: str) -> None:
    """Write the document ``plan`` into a study's own catalogue."""
    (folder / "targets").mkdir(parents=True)
    (folder / "targets" / "plan.toml").write_text(POLICY + "".join(clauses), encoding="utf-8")


def _value(value: object) -> str:
    """Write a value as TOML, which writes texts, numbers and lists as JSON does."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)
