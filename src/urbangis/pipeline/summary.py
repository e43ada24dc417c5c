"""What is told of a result: its headline, its notices each once, and its entry in ``run.json``."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from urbangis.measures.coverage import Coverage
from urbangis.notices import Notice
from urbangis.pipeline.load import Loaded
from urbangis.publish.pages.service import ServiceResult


@dataclass(frozen=True)
class Headline:
    """The figure of one service for the whole study.

    Parameters
    ----------
    service
        Its name in the study file, after that of the part: ``"sample_town/health_15"``.
    denominator
        What is counted.
    covered, total
        How much of it is covered, and how much there is.
    target
        Share that the standard asks for, if it does.
    """

    service: str
    denominator: str
    covered: float
    total: float
    target: float | None


@dataclass(frozen=True)
class Told:
    """A notice, and what it concerns: services, or the part of the study that a layer is in."""

    notice: Notice
    about: tuple[str, ...] = ()


def headline(service: str, coverage: Coverage) -> Headline:
    """Return the figure that the standard's target speaks of."""
    first = whole_study(coverage)[0]
    return Headline(
        service, first["denominator"], first["covered"], first["total"], first["target"]
    )


def told_once(pairs: Iterable[tuple[str | None, Notice]]) -> tuple[Told, ...]:
    """Put equal notices together, in the order in which they first came.

    Parameters
    ----------
    pairs
        What each notice concerns (None: the study as a whole), and the notice.
    """
    about: dict[Notice, list[str]] = {}
    for name, one in pairs:
        names = about.setdefault(one, [])
        if name is not None and name not in names:
            names.append(name)
    return tuple(Told(one, tuple(names)) for one, names in about.items())


def whole_study(coverage: Coverage) -> list[dict[str, Any]]:
    """Return the rows of the level ``study``, one for each denominator; None where unknown."""
    zones = coverage.zones
    whole = zones[zones["level"] == "study"].drop(columns=["zone_id", "zone_name", "level"])
    return [
        {str(key): None if pd.isna(value) else value for key, value in row.items()}
        for row in whole.to_dict("records")
    ]


def study_record(loaded: Loaded, results: Iterable[ServiceResult]) -> dict[str, Any]:
    """Tell what went into a study's figures and what came out."""
    study = loaded.study
    return {
        "study": {"name": study.name.en, "crs": study.crs.to_string()},
        "notices": notice_records(loaded.notices),
        "layers": {
            layer.id: {
                "file": str(layer.spec.file or layer.spec.boundaries),
                "rows": layer.rows,
                "nature": layer.spec.nature,
                "source": layer.spec.source,
                "data_date": layer.spec.data_date,
                "notices": notice_records(layer.notices),
            }
            for layer in loaded.layers.values()
        },
        "services": {
            result.id: {
                "service": result.spec.model_dump(mode="json"),
                **coverage_record(result.coverage),
                "compared": [coverage_record(rule) for rule in result.other_rules],
            }
            for result in results
        },
    }


def coverage_record(coverage: Coverage) -> dict[str, Any]:
    """Tell by which rule a coverage was computed, and its figures for the whole study."""
    return {
        "standard": coverage.standard.model_dump(mode="json"),
        "mode": coverage.mode and coverage.mode.model_dump(mode="json"),
        "study": whole_study(coverage),
        "notices": notice_records(coverage.notices),
    }


def notice_records(notices: Iterable[Notice]) -> list[dict[str, Any]]:
    """Tell notices as plain values."""
    return [
        {
            "code": one.code,
            "severity": one.severity,
            "count": one.count,
            "message": one.message.en,
            "sample_ids": list(one.sample_ids),
        }
        for one in notices
    ]
