"""What a report on a study says: findings in sentences, tables, maps, charts, method, sources."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from urbangis.measures.coverage import Coverage
from urbangis.notices import Language, Notice, Text
from urbangis.publish import wording
from urbangis.publish.charts.chart import Trend, layout
from urbangis.publish.maps import context
from urbangis.publish.maps.zones import target_rate, whole_study
from urbangis.publish.pages.service import ServiceResult
from urbangis.publish.pages.service_charts import (
    service_charts,
    worst_zones,
    zone_names,
)
from urbangis.publish.report.model import (
    Block,
    Bullets,
    Cell,
    Graph,
    Paragraph,
    Picture,
    Report,
    Section,
    Table,
)
from urbangis.publish.report.sentences import findings
from urbangis.study import Layer, Level, Study

_WORST = 10
_CHANGED = 10
_NO_CHANGE = 5e-7  # of a rate: what the digits of a CSV cannot tell


@dataclass(frozen=True)
class Earlier:
    """The figures of an earlier run: its name, and each service's table of coverage by zone."""

    name: str
    tables: Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Subject:
    """What a report is about.

    Parameters
    ----------
    notices
        What concerns the study as a whole.
    pictures
        Map of each service, where there is one.
    earlier
        Earlier runs, oldest first.
    """

    study: Study
    layers: Mapping[str, Layer]
    results: Sequence[ServiceResult]
    notices: tuple[Notice, ...] = ()
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    earlier: tuple[Earlier, ...] = ()


def study_report(subject: Subject, language: Language) -> Report:
    """Write the report on a study, in a language.

    Every number is that of the services' tables (``coverage.csv``), rounded as on the pages.
    """
    return _Author(subject, language).report()


class _Author:
    """Puts a report together, section by section."""

    def __init__(self, subject: Subject, language: Language) -> None:
        self._subject = subject
        self._language = language
        used = dict.fromkeys(name for result in subject.results for name in result.layers_used)
        base = str(subject.study.spec.levels[0].layer)
        self._used = [subject.layers[name] for name in dict.fromkeys([base, *used])]

    def _say(self, zh: str, en: str) -> str:
        return zh if self._language == "zh" else en

    def _text(self, text: Text) -> str:
        return text.to(self._language)

    def report(self) -> Report:
        study = self._subject.study
        facts = [
            fact for fact in context.study_facts(study, self._used)
            if fact.brief or fact.value == study.spec.publisher
        ]  # fmt: skip
        colon = self._say("：", ": ")
        return Report(
            title=self._say(
                f"{study.name.zh}公共服务覆盖评估报告",
                f"{study.name.en}: coverage of public services",
            ),
            meta=tuple(self._text(one.label) + colon + self._text(one.value) for one in facts),
            cautions=tuple(map(self._text, context.cautions(self._used))),
            review=self._text(context.review(study)),
            language=self._language,
            sections=tuple(self._sections()),
        )

    def _sections(self) -> Iterator[Section]:
        subject, say = self._subject, self._say
        sentences = tuple(
            self._text(findings(subject.study, result)[0]) for result in subject.results
        )
        yield Section(say("主要结论", "Findings"), (self._overview(), Bullets(sentences)))
        if subject.earlier:
            yield Section(say("与上次运行相比", "What changed"), tuple(self._changes()))
        yield Section(say("各服务圈", "Service by service"), ())
        for result in subject.results:
            blocks = tuple(self._service(result))
            yield Section(self._text(result.title), blocks, depth=2)
        yield Section(say("方法", "Method"), (Bullets(tuple(self._methods())),))
        yield Section(say("数据质量", "Quality of the data"), tuple(self._quality()))
        yield Section(say("数据来源", "Sources"), (self._sources(),))
        yield Section(say("附表", "Tables"), tuple(self._appendix()))

    def _overview(self) -> Table:
        say = self._say
        rows = []
        for result in self._subject.results:
            coverage = result.coverage
            denominator = coverage.standard.denominators[0]
            whole = whole_study(coverage, denominator)
            target = target_rate(coverage.standard)
            rows.append(
                (
                    _word(self._text(result.title)),
                    _word(self._text(wording.DENOMINATORS[denominator])),
                    _amount(whole["total"]),
                    _amount(whole["uncovered"]),
                    _rate(whole["rate"], target),
                    _word("—" if target is None else f"≥{wording.short_percent(target)}"),
                    _word(self._verdict(whole["met"], target)),
                )
            )
        head = (
            say("服务圈", "Service"), say("统计对象", "Counted"),
            say("合计", "Total"), say("未覆盖", "Not covered"), say("覆盖率", "Coverage"),
            say("目标", "Target"), say("结论", "Verdict"),
        )  # fmt: skip
        return Table(
            say("各服务圈总体情况", "All services"), say("总表", "Overview"), head, tuple(rows)
        )

    def _verdict(self, met: float | None, target: float | None) -> str:
        if target is None or pd.isna(met):
            return self._say("未设目标", "no target")
        return self._say("达标", "met") if bool(met) else self._say("未达标", "missed")

    def _service(self, result: ServiceResult) -> Iterator[Block]:
        study, language = self._subject.study, self._language
        coverage = result.coverage
        yield Bullets(tuple(map(self._text, findings(study, result))))
        if result.spec.note is not None:
            yield Paragraph(self._text(result.spec.note))
        if result.id in self._subject.pictures:
            yield self._subject.pictures[result.id]
        for chart in service_charts(study, coverage, language):
            yield Graph(layout(chart))
        yield self._zones(
            result, study.base, worst_zones(coverage, study.base).head(_WORST),
            self._say(f"最低的{study.base.name.zh}", f"Lowest: {study.base.name.en}"),
        )  # fmt: skip

    def _zones(
        self, result: ServiceResult, level: Level, rows: pd.DataFrame, caption: str
    ) -> Table:
        """Make a table of rows of a coverage table."""
        say, coverage = self._say, result.coverage
        denominator = coverage.standard.denominators[0]
        target = target_rate(coverage.standard)
        names = zone_names(level, self._language)
        made = tuple(
            (
                _word(names[str(row["zone_id"])]),
                _amount(row["total"]),
                _amount(row["covered"]),
                _amount(row["uncovered"]),
                _amount(row["unsnapped"]),
                _rate(row["rate"], target),
                _rate(row["rate_low"], None),
                _rate(row["rate_high"], None),
                *((_word(self._verdict(row["met"], target)),) if target is not None else ()),
            )
            for _, row in rows.iterrows()
        )
        head = (
            self._text(level.name), say("合计", "Total"), say("已覆盖", "Covered"),
            say("未覆盖", "Not covered"),
            say("其中", "Of these: ") + self._text(wording.unsnapped(coverage.standard)).lower(),
            say("覆盖率", "Coverage"), say("低", "Low"), say("高", "High"),
            *((say("结论", "Verdict"),) if target is not None else ()),
        )  # fmt: skip
        unit = self._text(wording.UNITS[denominator])
        return Table(f"{caption}{say('（', ' (')}{unit}{say('）', ')')}", result.id, head, made)

    def _changes(self) -> Iterator[Block]:
        say, subject = self._say, self._subject
        last = subject.earlier[-1]
        rows = []
        for result in subject.results:
            coverage = result.coverage
            denominator = coverage.standard.denominators[0]
            now = whole_study(coverage, denominator)
            before = _study_row(last, result, denominator)
            if before is None:
                cells = (_word(say("新增", "new")), _rate(now["rate"], None), Cell("—"), Cell("—"))
            else:
                cells = (
                    _rate(before["rate"], None),
                    _rate(now["rate"], None),
                    _points(now["rate"] - before["rate"]),
                    _amount(now["uncovered"] - before["uncovered"]),
                )
            rows.append((_word(self._text(result.title)), *cells))
        head = (
            say("服务圈", "Service"), last.name, say("本次", "Now"),
            say("变化（百分点）", "Change (points)"), say("未覆盖的变化", "Change of uncovered"),
        )  # fmt: skip
        yield Table(
            say(f"与“{last.name}”相比", f"Compared with {last.name}"), say("变化", "Changes"),
            head, tuple(rows),
        )  # fmt: skip
        moved = self._moved(last)
        if moved.rows:
            yield moved
        else:
            yield Paragraph(say("各分区的覆盖率没有变化。", "No zone's rate has changed."))
        for result in subject.results:
            trend = self._trend(result)
            if trend is not None:
                yield Graph(layout(trend))

    def _moved(self, last: Earlier) -> Table:
        """Make a table of the zones whose rates changed most."""
        base, say = self._subject.study.base, self._say
        names = zone_names(base, self._language)
        found = []
        for result in self._subject.results:
            denominator = result.coverage.standard.denominators[0]
            if result.id not in last.tables:
                continue
            now, before = (
                _level_rates(table, base.id, denominator)
                for table in (result.coverage.zones, last.tables[result.id])
            )
            both = pd.DataFrame({"now": now, "before": before}).dropna()
            both["change"] = both["now"] - both["before"]
            both = both[both["change"].abs() > _NO_CHANGE]
            found.append(
                both.rename_axis("zone").reset_index().assign(service=self._text(result.title))
            )
        rows = pd.concat(found, ignore_index=True) if found else pd.DataFrame({"change": []})
        largest = rows["change"].abs().sort_values(ascending=False, kind="stable").index
        made = tuple(
            (
                _word(names.get(row["zone"], row["zone"])), _word(row["service"]),
                _rate(row["before"], None), _rate(row["now"], None), _points(row["change"]),
            )
            for _, row in rows.loc[largest].head(_CHANGED).iterrows()
        )  # fmt: skip
        head = (
            self._text(base.name), say("服务圈", "Service"), last.name, say("本次", "Now"),
            say("变化（百分点）", "Change (points)"),
        )  # fmt: skip
        return Table(
            say(f"变化最大的{base.name.zh}", f"Changed most: {base.name.en}"),
            say("分区变化", "Changed zones"), head, made,
        )  # fmt: skip

    def _trend(self, result: ServiceResult) -> Trend | None:
        denominator = result.coverage.standard.denominators[0]
        points = [
            (run.name, float(row["rate"]))
            for run in self._subject.earlier
            if (row := _study_row(run, result, denominator)) is not None and pd.notna(row["rate"])
        ]
        now = float(whole_study(result.coverage, denominator)["rate"])
        if len(points) < 2 or pd.isna(now):
            return None
        title = self._say(f"{result.title.zh}：历次覆盖率", f"{result.title.en}: rate by run")
        points.append((self._say("本次", "now"), now))
        return Trend(title, tuple(points), target_rate(result.coverage.standard))

    def _methods(self) -> Iterator[str]:
        colon = self._say("：", ": ")
        for result in self._subject.results:
            coverage = result.coverage
            told = wording.joined(
                wording.model(coverage.standard, coverage.mode), _basis(coverage), zh="；", en="; "
            )
            yield self._text(result.title) + colon + self._text(told)
        yield self._say(
            "未能接入路网或位置不明的对象计入总数，按未覆盖统计；“低”“高”为速度慢10%与快10%时的覆盖率。",
            "Whoever could not be placed stays in the total as not covered; low and high are the "
            "rates at speeds 10 % lower and higher.",
        )

    def _quality(self) -> Iterator[Block]:
        told: dict[str, None] = {}
        for caution in context.cautions(self._used):
            told[self._text(caution)] = None
        for one in (*self._subject.notices, *context.layer_notices(self._used)):
            told[self._text(one.message)] = None
        colon = self._say("：", ": ")
        for result in self._subject.results:
            for one in result.notices:
                told[self._text(result.title) + colon + self._text(one.message)] = None
        if told:
            yield Bullets(tuple(told))
        else:
            yield Paragraph(self._say("没有需要说明的问题。", "Nothing to remark."))

    def _sources(self) -> Table:
        say = self._say
        rows = tuple(
            (
                _word(self._text(layer.spec.name)),
                _word(layer.spec.source),
                _word(layer.spec.data_date.isoformat() if layer.spec.data_date else "—"),
                _word(self._text(wording.NATURES[layer.spec.nature])),
                _word(self._text(layer.spec.note) if layer.spec.note else ""),
            )
            for layer in self._used
        )
        head = (
            say("图层", "Layer"), say("来源", "Source"), say("日期", "Date"),
            say("精度", "Nature"), say("说明", "Note"),
        )  # fmt: skip
        return Table(say("数据来源", "Sources of the data"), say("来源", "Sources"), head, rows)

    def _appendix(self) -> Iterator[Block]:
        for result in self._subject.results:
            zones = result.coverage.zones
            for level in self._subject.study.levels:
                rows = zones[
                    (zones["level"] == level.id)
                    & (zones["denominator"] == result.coverage.standard.denominators[0])
                    & (zones["zone_id"] != "")
                ]
                yield self._zones(
                    result, level, rows,
                    self._text(wording.joined(result.title, level.name, zh="：", en=": ")),
                )  # fmt: skip


def _basis(coverage: Coverage) -> Text:
    source = coverage.standard.source
    return wording.same(f"{source.document} {source.clause}")


def _word(text: str) -> Cell:
    return Cell(text, text)


def _rate(value: object, target: float | None) -> Cell:
    number = float(value)  # type: ignore[arg-type]
    return Cell(wording.percent(number, target), number, "rate")


def _amount(value: object) -> Cell:
    number = float(value)  # type: ignore[arg-type]
    return Cell("—" if pd.isna(number) else f"{number:,.0f}", number, "amount")


def _points(change: float) -> Cell:
    points = change * 100
    return Cell(f"{points:+.1f}" if abs(points) >= 0.05 else "0.0", float(points), "points")


def _study_row(run: Earlier, result: ServiceResult, denominator: str) -> pd.Series | None:
    table = run.tables.get(result.id)
    if table is None:
        return None
    rows = table[(table["level"] == "study") & (table["denominator"] == denominator)]
    return None if rows.empty else rows.iloc[0]


def _level_rates(table: pd.DataFrame, level: str, denominator: str) -> pd.Series:
    rows = table[(table["level"] == level) & (table["denominator"] == denominator)]
    return pd.Series(rows["rate"].to_numpy(float), index=rows["zone_id"].astype(str))
