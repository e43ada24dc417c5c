"""One service by several rules: the table of their rates, and who is told what."""

from dataclasses import replace

import pandas as pd

from urbangis.measures.coverage import Coverage
from urbangis.measures.rules import Agreement, Comparison, same_facilities
from urbangis.notices import Text
from urbangis.publish import wording
from urbangis.publish.maps.homes import cost_field, front_first, home_layer, shown_cost, with_shapes
from urbangis.publish.maps.palette import (
    AGREEMENT,
    COVERED,
    PARTLY,
    UNCOVERED,
)
from urbangis.publish.maps.zones import target_rate, whole_study
from urbangis.publish.model import (
    ColorClass,
    Field,
    MapLayer,
    RuleRow,
    RuleSplit,
    RuleTable,
    Swipe,
)
from urbangis.study import Layer, Study

_METHODS = {
    "straight_line": Text(zh="直线", en="straight line"),
    "network": Text(zh="路网", en="network"),
    "surface": Text(zh="地表", en="open ground"),
}

_THIS = Text(zh="本服务圈", en="this service")
_DIFFERENT = Text(zh="结论不一致", en="told different things")
_STATES = (
    ColorClass(UNCOVERED, Text(zh="未覆盖", en="Not covered")),
    ColorClass(COVERED, Text(zh="已覆盖", en="Covered")),
    ColorClass(PARTLY, Text(zh="部分覆盖", en="Partly covered")),
)


def rule_table(comparison: Comparison) -> RuleTable:
    """Describe the table of rules: the rate of each for the whole study, and where they part."""
    own = comparison.rules[0]
    compared = [agreement.other for agreement in comparison.agreements]
    apart = [rule for rule in comparison.rules[1:] if all(rule is not one for one in compared)]
    return RuleTable(
        rows=tuple(_row(rule) for rule in comparison.rules),
        splits=tuple(_split(own, agreement) for agreement in comparison.agreements),
        notes=(
            *(_apart(rule) for rule in apart),
            *(_other_facilities(rule) for rule in compared if not same_facilities(own, rule)),
        ),
    )


def agreement_layers(
    study: Study, comparison: Comparison, layer: Layer, *, replaces: str
) -> tuple[MapLayer, ...]:
    """Make a theme of homes for each rule that the service's own is held against.

    Parameters
    ----------
    layer
        The layer of demand that the homes come from.
    replaces
        The overlay of the same homes, which this theme is seen instead of.
    """
    own = comparison.rules[0]
    made = []
    for agreement in comparison.agreements:
        other = agreement.other
        table = own.demand.assign(**{"class": agreement.group})
        agreed = pd.Series(agreement.group, index=table.index).isin([0, 3])
        table, left_out = front_first(table, agreed.astype(int), _DIFFERENT)
        table = with_shapes(table, study.crs).assign(
            own_cost=shown_cost(own, table.index), other_cost=shown_cost(other, table.index)
        )
        made.append(
            replace(
                home_layer(study, layer, table, left_out),
                id=f"rules-{other.standard.id}",
                name=_title(other),
                kind="theme",
                fields=_fields(own, other),
                classes=_classes(own, other),
                show=False,
                replaces=replaces,
            )
        )
    return tuple(made)


def rule_sides(
    study: Study, comparison: Comparison, layer: Layer, *, replaces: str
) -> tuple[MapLayer, ...]:
    """Make a layer of homes as each rule tells them, to be seen side by side.

    Parameters are those of `agreement_layers`.
    """
    if not comparison.agreements:
        return ()
    own = comparison.rules[0]
    agreement = comparison.agreements[0]
    agreed = pd.Series(agreement.group, index=own.demand.index).isin([0, 3])
    homes, left_out = front_first(own.demand, agreed.astype(int), _DIFFERENT)
    homes = with_shapes(homes, study.crs)[["id", "name", "geometry"]]
    begun = home_layer(study, layer, homes, left_out)
    partly = any(rule.demand["share"].between(0, 1, "neither").any() for rule in comparison.rules)
    return tuple(
        replace(
            begun,
            id=_side(rule),
            name=rule.standard.name,
            table=begun.table.assign(
                cost=shown_cost(rule, homes.index),
                **{"class": rule.demand.loc[homes.index, "share"].map(_state)},
            ),
            kind="side",
            fields=(_cost_line(rule, "cost", rule.standard.name),),
            classes=_STATES if partly else _STATES[:2],
            show=False,
            replaces=replaces,
        )
        for rule in (own, *(agreement.other for agreement in comparison.agreements))
    )


def rule_swipes(comparison: Comparison) -> tuple[Swipe, ...]:
    """Put the service's own rule to the left, and each that it is held against to the right."""
    own = comparison.rules[0]
    return tuple(
        Swipe(
            wording.joined(_THIS, agreement.other.standard.name, zh=" ↔ ", en=" ↔ "),
            _side(own),
            _side(agreement.other),
        )
        for agreement in comparison.agreements
    )


def _side(rule: Coverage) -> str:
    return f"side-{rule.standard.id}"


def _state(share: float) -> int:
    return 0 if share <= 0 else 1 if share >= 1 else 2


def _row(rule: Coverage) -> RuleRow:
    standard = rule.standard
    denominator = standard.denominators[0]
    rate = float(whole_study(rule, denominator)["rate"])
    source = standard.source
    of = wording.DENOMINATORS[denominator]
    return RuleRow(
        name=standard.name,
        basis=wording.joined(
            wording.same(source.document), wording.same(source.clause), zh=" ", en=" "
        ),
        model=wording.model(standard, rule.mode),
        counted=Text(
            zh=f"按{of.zh}，计入设施 {len(rule.supply):,} 处",
            en=f"By {of.en.lower()}; facilities counted: {len(rule.supply):,}",
        ),
        rate=wording.percent(rate, target_rate(standard)),
    )


def _split(own: Coverage, agreement: Agreement) -> RuleSplit:
    """Tell how many both rules cover, either alone, and neither."""
    unit = wording.UNITS[own.standard.denominators[0]]
    total = sum(agreement.amounts)
    return RuleSplit(
        title=_title(agreement.other),
        groups=_classes(own, agreement.other),
        amounts=tuple(wording.amount(amount, unit) for amount in agreement.amounts),
        shares=tuple(
            wording.percent(amount / total if total > 0 else float("nan"))
            for amount in agreement.amounts
        ),
    )


def _title(other: Coverage) -> Text:
    """Name a comparison by the other rule's standard: there may be several of one method."""
    name = other.standard.name
    return Text(zh=f"逐户对照：{name.zh}", en=f"Who is told what: {name.en}")


def _apart(rule: Coverage) -> Text:
    of = wording.DENOMINATORS[rule.standard.denominators[0]]
    name = rule.standard.name
    return Text(
        zh=f"“{name.zh}”按{of.zh}统计，对象不同，只并列覆盖率，不能逐户比较。",
        en=f'"{name.en}" counts {of.en.lower()}: its rate stands beside the others, but nothing '
        "can be said of single homes.",
    )


def _other_facilities(rule: Coverage) -> Text:
    name = rule.standard.name
    return Text(
        zh=f"“{name.zh}”计入的设施与本服务圈不同，差异不只来自算法。",
        en=f'"{name.en}" counts other facilities than this service: the rules part for more than '
        "the way they measure.",
    )


def _classes(own: Coverage, other: Coverage) -> tuple[ColorClass, ...]:
    """Return the legend of an agreement, in the order of its groups."""
    mine, theirs = _short_names(own, other)
    labels = (
        Text(zh="两种算法都覆盖", en="Covered by both"),
        Text(zh=f"只按{mine.zh}算覆盖", en=f"Covered by {mine.en} only"),
        Text(zh=f"只按{theirs.zh}算覆盖", en=f"Covered by {theirs.en} only"),
        Text(zh="两种算法都未覆盖", en="Covered by neither"),
    )
    return tuple(ColorClass(color, label) for color, label in zip(AGREEMENT, labels, strict=True))


def _fields(own: Coverage, other: Coverage) -> tuple[Field, ...]:
    mine, theirs = _short_names(own, other)
    denominator = own.standard.denominators[0]
    return (
        _cost_line(own, "own_cost", mine),
        _cost_line(other, "other_cost", theirs),
        Field(
            denominator,
            wording.DENOMINATORS[denominator],
            "number",
            unit=wording.UNITS[denominator],
        ),
    )


def _cost_line(rule: Coverage, column: str, name: Text) -> Field:
    label = Text(zh=f"到最近设施（{name.zh}）", en=f"To the nearest facility ({name.en})")
    return cost_field(rule, column, label)


def _short_names(own: Coverage, other: Coverage) -> tuple[Text, Text]:
    """Name two rules by their methods, or by their standards where the method is the same."""
    mine, theirs = own.standard, other.standard
    if mine.method == theirs.method:
        return mine.name, theirs.name
    return _METHODS[mine.method], _METHODS[theirs.method]
