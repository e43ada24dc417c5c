"""The scorecard: every clause of the policy documents beside its figure, or why it has none."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import pandas as pd

from urbangis.catalog import Policy, Target
from urbangis.indicators import GROUP, clause_status
from urbangis.measures.zoning import STUDY
from urbangis.notices import Language, Text
from urbangis.publish.charts.trend import trend_svg
from urbangis.publish.markup import tag
from urbangis.publish.web.goals import Row, figure_text, gap_text, goal_text
from urbangis.publish.web.prose import Writer

FINDINGS = {
    "met": Text(zh="达到", en="Met"),
    "not met": Text(zh="未达到", en="Not met"),
    "met by reading": Text(zh="按解读达到", en="Met, by reading"),
    "not met by reading": Text(zh="按解读未达到", en="Not met, by reading"),
    "not judged": Text(zh="有数字，未作判定", en="Figure, no verdict"),
    "no target": Text(zh="有数字，文件未定目标值", en="Figure, no number asked"),
    "no data": Text(zh="缺数据", en="No data"),
    "reported": Text(zh="待主管部门上报", en="To be reported"),
}
KIND_NAMES = {
    "coverage": Text(zh="服务覆盖", en="Coverage"),
    "share": Text(zh="单元比例", en="Share of units"),
    "connectivity": Text(zh="联通", en="Links"),
    "overlay": Text(zh="空间叠加", en="Overlay"),
    "travel_time": Text(zh="时间圈", en="Travel time"),
    "length_count": Text(zh="长度与数量", en="Lengths and counts"),
    "siting": Text(zh="设施布局", en="Siting"),
    "reported": Text(zh="上报数字", en="Reported numbers"),
}
_TONES = {"met": "met", "not met": "missed"}
_MARKS = {"met": "✓ ", "not met": "✗ "}
_READ = " by reading"
_SECTIONS = (
    ("figures", Text(zh="已有数字的条款", en="Clauses with a figure"), True),
    (
        "wanted",
        Text(
            zh="文件定有目标值、尚缺数据的条款", en="Clauses with a number, whose data are missing"
        ),
        True,
    ),
    (
        "open",
        Text(
            zh="文件未定目标值、尚缺数据的条款",
            en="Clauses without a number, whose data are missing",
        ),
        False,
    ),
    (
        "reported",
        Text(zh="只能由主管部门上报的条款", en="Clauses that only a department can report"),
        False,
    ),
)


@dataclass(frozen=True)
class ScorecardPage:
    """The scorecard of a study.

    Parameters
    ----------
    title
        Name of the study.
    policies
        The documents held against it, in their order.
    rows
        From `urbangis.indicators.evaluate`.
    observations
        From `urbangis.indicators.pooled`: figures of all years.
    levels
        Levels whose zones are listed, with their names.
    review
        Review number of the maps, or the line that they have none.
    """

    title: Text
    languages: tuple[Language, ...]
    policies: tuple[Policy, ...]
    rows: pd.DataFrame
    observations: pd.DataFrame
    levels: dict[str, Text]
    review: Text


@dataclass(frozen=True)
class _Clause:
    """A clause with its rows: those that are asked, and those of single zones."""

    policy: Policy
    target: Target
    asked: pd.DataFrame
    zones: pd.DataFrame
    status: str

    @property
    def has_figure(self) -> bool:
        return bool(self.asked["figure"].notna().any() or len(self.zones))

    @property
    def is_reading(self) -> bool:
        return any(goal.origin == "reading" for goal in self.target.goals)

    @property
    def finding(self) -> str:
        """The status, with what is only met or missed by our reading told apart."""
        judged = self.status in _MARKS and self.is_reading
        return f"{self.status}{_READ}" if judged else self.status

    @property
    def section(self) -> str:
        if self.has_figure:
            return "figures"
        if self.status == "reported":
            return "reported"
        return "wanted" if self.target.goals and not self.is_reading else "open"


def scorecard_body(page: ScorecardPage) -> str:
    """Return the body of the scorecard as HTML; both languages stand in it."""
    clauses = _clauses(page)
    say = _Writer(page)
    sections = (
        say.section(name, title, [one for one in clauses if one.section == name], is_open=is_open)
        for name, title, is_open in _SECTIONS
    )
    return "".join(
        (
            say.head(page, clauses),
            tag("main", say.filters(page.policies, clauses), *sections),
            say.foot(scorecard_title(page), page.review),
        )
    )


def scorecard_title(page: ScorecardPage) -> Text:
    """Return what the page is called."""
    return Text(zh=f"政策目标对照表 · {page.title.zh}", en=f"Policy scorecard · {page.title.en}")


def _clauses(page: ScorecardPage) -> list[_Clause]:
    by_target = dict(list(page.rows.groupby("target_id", sort=False)))
    found = []
    for policy in page.policies:
        for target in policy.targets:
            rows = by_target[target.id]
            asked = rows[rows["level"].isin((STUDY, GROUP))]
            zones = rows[rows["level"].isin(page.levels)]
            found.append(_Clause(policy, target, asked, zones, clause_status(rows)))
    # What the documents ask in numbers comes first, what is only our reading last.
    return sorted(found, key=lambda one: (one.is_reading, not one.target.goals))


class _Writer(Writer):
    """Writes the parts of the page in the languages it has."""

    def __init__(self, page: ScorecardPage) -> None:
        super().__init__(page.languages)
        self._observations = page.observations
        self._levels = page.levels

    def head(self, page: ScorecardPage, clauses: Sequence[_Clause]) -> str:
        figures = sum(one.has_figure for one in clauses)
        documents = len(page.policies)
        count = Text(
            zh=f"{documents}份政策文件中可落到空间或数字上的条款共{len(clauses)}条，"
            f"逐条列出原文、指标、现状和目标：{figures}条已有数字，{len(clauses) - figures}条尚无，"
            "缺什么逐条写明。",
            en=f"{len(clauses)} clauses of {documents} policy documents can be tied to a place or "
            f"a number. Each stands here with its words, indicator, figure and target: {figures} "
            f"have a figure, {len(clauses) - figures} have none yet, and what is missing is said.",
        )
        reading = Text(
            zh="标有“解读”的目标值，文件没有写明数字，是本系统的理解，不代表官方目标；"
            "单个市、县只列数字，文件没有对其定目标。",
            en='A target marked "reading" is not in the document: it is how this system reads it, '
            "and not official. Single cities and counties have figures only; the documents set "
            "them no targets.",
        )
        return tag(
            "header",
            tag(
                "nav",
                tag("a", "← ", self(Text(zh="首页", en="Front page")), href="index.html"),
                self.switch(),
            ),
            tag("h1", self(Text(zh="政策目标对照表", en="Policy scorecard"))),
            tag("p", self(page.title), class_="subtitle"),
            tag("p", self(count), class_="lead"),
            tag("p", self(reading), class_="lead"),
            tag(
                "p",
                tag("a", self(Text(zh="下载对照表（CSV）", en="Table (CSV)")),
                    href="data/scorecard.csv"),
                " ",
                tag("a", self(Text(zh="下载历年数字（CSV）", en="Figures of all years (CSV)")),
                    href="data/scorecard_history.csv"),
                class_="downloads",
            ),
        )  # fmt: skip

    def filters(self, policies: Sequence[Policy], clauses: Sequence[_Clause]) -> str:
        findings = {name: sum(one.finding == name for one in clauses) for name in FINDINGS}
        statuses = {
            name: (self(FINDINGS[name]), count)
            for name, count in findings.items()
            if count or not name.endswith(_READ)
        }
        kinds = {
            kind: (self(name), sum(one.target.kind == kind for one in clauses))
            for kind, name in KIND_NAMES.items()
        }
        documents = {policy.id: (self(policy.name), len(policy.targets)) for policy in policies}
        return tag(
            "form",
            self._choices("status", Text(zh="结论", en="Finding"), statuses),
            self._choices("document", Text(zh="文件", en="Document"), documents),
            tag(
                "details",
                tag("summary", self(Text(zh="按类型筛选", en="Filter by kind"))),
                self._choices("kind", Text(zh="类型", en="Kind"), kinds),
            ),
            tag(
                "p",
                tag("label", self(Text(zh="查找", en="Search")), for_="find"),
                tag("input", type="search", id="find", autocomplete="off"),
                tag("button", self(Text(zh="全部显示", en="Show all")), type="reset"),
                tag("output", str(len(clauses)), id="shown"),
                " ",
                self(Text(zh="条", en="clauses shown")),
                class_="find",
            ),
            id="filters",
        )

    def _choices(self, name: str, title: Text, choices: dict[str, tuple[str, int]]) -> str:
        """Write a row of check boxes, each with how many clauses it stands for."""
        boxes = (
            tag(
                "label",
                tag("input", type="checkbox", name_=name, value=value),
                text,
                tag("b", str(count)),
                class_=value.replace(" ", "-"),
            )
            for value, (text, count) in choices.items()
        )
        return tag("fieldset", tag("legend", self(title)), *boxes)

    def section(self, name: str, title: Text, clauses: Sequence[_Clause], *, is_open: bool) -> str:
        if not clauses:
            return ""
        return tag(
            "details",
            tag("summary", self(title), " ", tag("b", str(len(clauses)), class_="count")),
            *(self._clause(one) for one in clauses),
            id=name,
            class_="clauses",
            open="" if is_open else None,
        )

    def _clause(self, one: _Clause) -> str:
        target = one.target
        body = [self._figures(one)]
        if target.note is not None:
            body.append(tag("p", self(target.note), class_="note"))
        if len(one.zones):
            body.append(self._zones(one))
        return tag(
            "article",
            tag(
                "header",
                tag("span", _MARKS.get(one.status, ""), self(FINDINGS[one.finding]),
                    class_=f"status {one.finding.replace(' ', '-')}"),
                tag("h3", self(target.name)),
                tag("p", self(one.policy.name), " ", escape(f"{target.clause} · {target.id}"),
                    class_="place"),
            ),
            tag("blockquote", escape(target.quote), lang="zh-CN", class_="quote"),
            *body,
            class_="clause",
            id=target.id,
            data_document=one.policy.id,
            data_kind=target.kind,
            data_status=one.finding,
        )  # fmt: skip

    def _figures(self, one: _Clause) -> str:
        """Write what is asked, line by line."""
        rows = one.asked.to_dict("records")
        lines = [self._line(one, row) for row in rows]
        if all(row["figure"] != row["figure"] for row in rows):
            reasons = dict.fromkeys((row["reason"], row["reason_en"]) for row in rows)
            told = [tag("p", self(Text(zh=zh, en=en)), class_="reason") for zh, en in reasons]
            return tag("dl", *lines, class_="asked") + "".join(told)
        return tag("dl", *lines, class_="asked")

    def _line(self, one: _Clause, row: Row) -> str:
        about = Text(
            zh="：".join(part for part in (row["scope"], row["item"]) if part),
            en=": ".join(part for part in (row["scope_en"], row["item_en"]) if part),
        )
        parts = [tag("dt", self(about))]
        figure = row["figure"]
        if not math.isnan(figure):
            parts.append(tag("dd", self(figure_text(row)), self._basis(row), class_="now"))
        if row["operator"]:
            parts.append(tag("dd", self(goal_text(row)), class_="goal"))
        if not math.isnan(figure) and row["operator"] in ("at_least", "at_most"):
            parts.append(
                tag("dd", self(gap_text(row)), class_=f"gap {_TONES.get(row['status'], '')}")
            )
        if not math.isnan(figure) and row["reason"]:
            reason = Text(zh=row["reason"], en=row["reason_en"])
            parts.append(tag("dd", self(reason), class_="reason"))
        if math.isnan(figure) and one.has_figure:
            reason = Text(zh=row["reason"], en=row["reason_en"])
            parts.append(tag("dd", self(FINDINGS["no data"]), "：", self(reason)))
        return tag("div", *parts, self._trend(one, row))

    def _basis(self, row: Row) -> str:
        """Say how a figure came about: counted from what, or reported by whom."""
        parts = []
        total = row["total"]
        if not math.isnan(total):
            served = row["served"]
            parts.append(
                Text(zh=f"{served:,.0f} / {total:,.0f}", en=f"{served:,.0f} / {total:,.0f}")
            )
        if row["basis"] == "reported":
            parts.append(Text(zh="上报或公开报道", en="reported"))
        if row["source"]:
            parts.append(Text(zh=row["source"], en=row["source_en"]))
        told = Text(zh="，".join(one.zh for one in parts), en=", ".join(one.en for one in parts))
        return tag("small", self(told))

    def _trend(self, one: _Clause, row: Row) -> str:
        seen = self._observations
        own = seen[
            (seen["target_id"] == one.target.id)
            & (seen["item"] == row["item"])
            & (seen["level"] == row["level"])
            & (seen["zone_id"] == row["zone_id"])
            & seen["year"].notna()
        ]
        if len(own) < 2:
            return ""
        points = [
            (int(year), float(value))
            for year, value in zip(own["year"], own["figure"], strict=True)
        ]
        goal = row["target"]
        return tag("dd", trend_svg(points, None if math.isnan(goal) else goal), class_="trend")

    def _zones(self, one: _Clause) -> str:
        rows = []
        for level, name in self._levels.items():
            zones = one.zones[one.zones["level"] == level].to_dict("records")
            if zones:
                rows.append(tag("tr", tag("th", self(name), colspan="2", scope="colgroup")))
            rows += [
                tag(
                    "tr",
                    tag("th", self(Text(zh=row["scope"], en=row["scope_en"])), scope="row"),
                    tag("td", self(figure_text(row))),
                )
                for row in zones
            ]
        named = Text(zh=f"各地数字（{len(one.zones)}个）", en=f"Figures by zone ({len(one.zones)})")
        return tag(
            "details",
            tag("summary", self(named)),
            tag("div", tag("table", tag("tbody", *rows)), class_="scroll", tabindex="0"),
            class_="by-zone",
        )  # fmt: skip
