"""Equity: how evenly something is spread over people, and who has less of it.

Every measure takes a value for each place (accessibility, minutes, a covered share) and ``people``,
how many have it: Series on one index. Each person counts once, so that a place of 200 weighs as
much as two of 100 with the same value.

A missing value is an error, never a zero, and so is a negative one. Places where nobody lives count
for nothing, whatever their value, even none. A measure that divides by a mean is NaN where that
mean is 0: nobody has anything, and there is nothing to be unequal about.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import xlogy

from urbangis.decay import Floats
from urbangis.errors import StudyError, TableError
from urbangis.measures.access import amounts

ROUNDING = 1e-12
"""Relative error that a sum of people may carry."""


def weighted_quantile(values: pd.Series, people: pd.Series, probability: float) -> float:
    """Smallest value such that a share ``probability`` of people have it or less.

    The inverse of the weighted distribution function, as if each person stood in a row of their
    own (definition 1 of Hyndman & Fan 1996, *The American Statistician* 50: 361-365). It is always
    one of the values.

    Parameters
    ----------
    values, people
        What each place has, and how many live there; one index.
    probability
        Share of the people, from 0 to 1.

    Raises
    ------
    StudyError
        If the probability is not from 0 to 1.
    TableError
        If a value is missing or negative, or nobody lives anywhere.
    """
    if not 0 <= probability <= 1:
        raise StudyError(
            f"there is no quantile for a share of {probability:g} of people",
            remedy="Give a share from 0 to 1.",
        )
    weight, lived_in = _inhabited(people)
    return _quantile(_values(values, lived_in), weight, probability)


def percentile_gap(values: pd.Series, people: pd.Series) -> float:
    """How many times as much the person at the 90th percentile has as the one at the 10th.

    P90 / P10 of `weighted_quantile`, the interdecile ratio. Infinite where the person at the 10th
    percentile has nothing and the one at the 90th something; NaN where neither has.

    Raises
    ------
    TableError
        As `weighted_quantile`.
    """
    high, low = (weighted_quantile(values, people, share) for share in (0.9, 0.1))
    return float(_ratio(high, low))


def palma(values: pd.Series, people: pd.Series, *, ranked_by: pd.Series) -> float:
    """How many times as much the richest tenth have on average as the poorest four tenths.

    Mean over people whose rank is above its 90 % quantile, over the mean over those whose rank is
    at or below its 40 % quantile (`weighted_quantile`). Those of one rank stay together: the
    richest are a tenth of people at most, the poorest four tenths at least. It is the form that
    transport planning has given to the ratio of Palma 2011, *Development and Change* 42: 87-153;
    there the groups' shares of the total are divided, which gives about a quarter of this.

    Parameters
    ----------
    values, people
        As this module says.
    ranked_by
        What makes people rich: income a head, say.

    Returns
    -------
    float
        1 where both have the same. Infinite where the poorest have nothing and the richest
        something; NaN where neither has.

    Raises
    ------
    TableError
        If a value or rank is missing, a value negative, nobody lives anywhere, or more than a tenth
        of people share the highest rank, so that no richest tenth can be told from the rest.
    """
    weight, lived_in = _inhabited(people)
    value, rank = _values(values, lived_in), _known(ranked_by, lived_in).to_numpy(float)
    poorest = rank <= _quantile(rank, weight, 0.4)
    richest = rank > _quantile(rank, weight, 0.9)
    if not richest.any():
        raise TableError(
            "more than a tenth of people share the highest rank",
            layer=_name(ranked_by),
            remedy="Rank people by something finer, so that a richest tenth can be told.",
        )
    means = (np.average(value[of], weights=weight[of]) for of in (richest, poorest))
    return float(_ratio(*means))


def concentration_index(values: pd.Series, people: pd.Series, *, ranked_by: pd.Series) -> float:
    """Whether the rich have more: from -1 (the poorest has all) to 1 (the richest has all).

    C = 2 / μ Σ p_i (x_i - μ) (R_i - ½), with p the shares of people, μ their mean, and R the
    fractional rank, the share of people who are poorer plus half of those of the same rank
    (Kakwani, Wagstaff & van Doorslaer 1997, *Journal of Econometrics* 77: 87-103).

    Parameters
    ----------
    values, people
        As this module says.
    ranked_by
        What people are ranked by, poorest first: income a head, say.

    Returns
    -------
    float
        0 where what people have does not go with their rank. NaN where nobody has anything.

    Raises
    ------
    TableError
        If a value or rank is missing or a value negative, or nobody lives anywhere.
    """
    weight, lived_in = _inhabited(people)
    rank = _known(ranked_by, lived_in).to_numpy(float)
    return _concentration(_values(values, lived_in), weight, rank)


def gini(values: pd.Series, people: pd.Series) -> float:
    """Gini coefficient: 0 where all have the same, towards 1 where one has all.

    G = Σ_i Σ_j p_i p_j |x_i - x_j| / 2μ, computed as the concentration index of what people have
    ranked by what they have (Lerman & Yitzhaki 1989, *Journal of Econometrics* 42: 43-47).

    Returns
    -------
    float
        NaN where nobody has anything.

    Raises
    ------
    TableError
        If a value is missing or negative, or nobody lives anywhere.
    """
    weight, lived_in = _inhabited(people)
    value = _values(values, lived_in)
    return float(np.maximum(_concentration(value, weight, value), 0.0))  # not -1e-17


def theil(values: pd.Series, people: pd.Series) -> float:
    """Theil's T: 0 where all have the same, ln n where one of n people has all.

    T = Σ p_i x_i / μ ln(x_i / μ), where a value of 0 adds 0, the limit (Theil 1967, *Economics and
    Information Theory*).

    Returns
    -------
    float
        NaN where nobody has anything.

    Raises
    ------
    TableError
        If a value is missing or negative, or nobody lives anywhere.
    """
    weight, lived_in = _inhabited(people)
    value = _values(values, lived_in)
    relative = _ratio(value, np.average(value, weights=weight))
    return float(np.maximum(np.average(xlogy(relative, relative), weights=weight), 0.0))


def theil_by_group(values: pd.Series, people: pd.Series, groups: pd.Series) -> pd.DataFrame:
    """Part Theil's T into what is between groups and what is within each.

    T = Σ_g s_g ln(s_g / p_g) + Σ_g s_g T_g, with s the groups' shares of the total and p their
    shares of people (Shorrocks 1980, *Econometrica* 48: 613-625).

    Parameters
    ----------
    values, people
        As this module says.
    groups
        Which group each place belongs to.

    Returns
    -------
    DataFrame
        On the groups, sorted: ``people_share``, ``value_share``, ``between`` and ``within``. The
        sums of the last two are the parts of T that they are named for, and make it up. All but
        ``people_share`` is NaN where nobody has anything. A group in which nobody lives has no row:
        it has no share of anything.

    Raises
    ------
    TableError
        If a value or group is missing or a value negative, or nobody lives anywhere.
    """
    weight, lived_in = _inhabited(people)
    value = _values(values, lived_in)
    member, names = pd.factorize(_known(groups, lived_in), sort=True)
    count, total = np.bincount(member, weight), np.bincount(member, weight * value)
    people_share, value_share = count / count.sum(), _ratio(total, total.sum())
    relative = _ratio(value, (total / count)[member])
    own = np.bincount(member, weight * xlogy(relative, relative)) / count
    return pd.DataFrame(
        {
            "people_share": people_share,
            "value_share": value_share,
            "between": xlogy(value_share, value_share / people_share),
            "within": value_share * np.where(total > 0, own, 0.0),
        },
        index=pd.Index(names, name=groups.name),
    )


def _quantile(value: Floats, weight: Floats, probability: float) -> float:
    order = np.argsort(value, kind="stable")
    up_to = np.cumsum(weight[order])
    found = np.searchsorted(up_to, probability * up_to[-1] * (1 - ROUNDING))
    return float(value[order][found])


def _concentration(value: Floats, weight: Floats, rank: Floats) -> float:
    share = weight / weight.sum()
    level = np.unique(rank, return_inverse=True)[1]
    at_level = np.bincount(level, share)
    middle = np.cumsum(at_level) - at_level / 2
    mean = np.sum(share * value)
    return float(_ratio(2 * np.sum(share * (value - mean) * (middle[level] - 0.5)), mean))


def _ratio(above: ArrayLike, below: ArrayLike) -> Floats:
    """Divide; something by nothing is infinite, nothing by nothing NaN."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.divide(above, below))


def _inhabited(people: pd.Series) -> tuple[Floats, pd.Series]:
    """Return how many live in each place where anybody does, and which places those are."""
    number = amounts(people, "people")
    if not number.any():
        raise TableError(
            f"nobody lives in any of the {number.size} rows",
            layer="people",
            remedy="Name the column that holds the number of people.",
        )
    return number[number > 0], pd.Series(number > 0, people.index)


def _known(column: pd.Series, lived_in: pd.Series) -> pd.Series:
    """Return the rows where somebody lives, none of which may be missing."""
    if not column.index.equals(lived_in.index):
        raise TableError(
            "is on other rows than people are",
            layer=_name(column),
            remedy="Give columns of one table.",
        )
    counted = column[lived_in]
    missing = counted.isna().to_numpy()
    if missing.any():
        raise TableError(
            f"{missing.sum()} of {missing.size} rows where people live have no value, this one "
            "first",
            layer=_name(column),
            row=str(counted.index[int(missing.argmax())]),
            remedy="Give every such row a value, or leave it out and say so.",
        )
    return counted


def _values(column: pd.Series, lived_in: pd.Series) -> Floats:
    return amounts(_known(column, lived_in), _name(column))


def _name(column: pd.Series) -> str:
    return "column" if column.name is None else str(column.name)
