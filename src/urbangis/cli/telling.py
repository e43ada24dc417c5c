"""What the command line says: results on standard output, progress and errors beside it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from urbangis.notices import Notice

if TYPE_CHECKING:
    from urbangis.pipeline.summary import Headline, Told

_OUT = Console(highlight=False, soft_wrap=True)
_ERR = Console(stderr=True, highlight=False, soft_wrap=True)
_UNITS = {
    "residential_m2": "m2 of residential land",
    "built_up_m2": "m2 of built-up area",
    "school_age": "children of school age",
    "over_60": "people over 60",
}


def say(text: str, aside: str = "") -> None:
    """Print a line as it is, and what is said beside it in a fainter hand."""
    _OUT.print(escape(text) + (f"  [dim]{escape(aside)}[/dim]" if aside else ""))


def say_error(text: str) -> None:
    """Print what went wrong, where a program that reads the results does not meet it."""
    _ERR.print(f"[red]error:[/red] {escape(text)}")


def say_finding(severity: str, text: str) -> None:
    """Print one thing that was found, as one of the results."""
    color = {"error": "red", "warning": "yellow"}.get(severity, "cyan")
    _OUT.print(f"[{color}]{severity}:[/{color}] {escape(text)}")


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Show what is being done, on a terminal as a moving line, otherwise line by line."""
    if not _ERR.is_terminal:
        yield lambda text: _ERR.print(escape(text), style="dim")
        return
    with _ERR.status("") as status:
        yield lambda text: status.update(escape(text))


def say_figures(headlines: Sequence["Headline"]) -> None:
    """Print one line for each service: its rate, and of what."""
    width = max((len(one.service) for one in headlines), default=0)
    for one in headlines:
        rate = "no rate" if one.total == 0 else f"{one.covered / one.total:.1%}"
        target = f", target {one.target:.0%}" if one.target is not None else ""
        unit = _UNITS.get(one.denominator, one.denominator)
        say(
            f"{one.service:{width}}  {rate:>7}  "
            f"{one.covered:,.0f} of {one.total:,.0f} {unit}{target}"
        )


def say_notices(notices: Iterable[Notice]) -> None:
    """Print what a reader of the figures must know, each once."""
    from urbangis.pipeline.summary import told_once

    say_told(told_once((None, one) for one in notices))


def say_told(notices: Iterable["Told"]) -> None:
    """Print one line for each notice: where, what, a few of the ids, and which services."""
    for told in notices:
        notice = told.notice
        shown = ", ".join(notice.sample_ids[:5]) + (", ..." if notice.count > 5 else "")
        where = f"{notice.layer}: " if notice.layer else ""
        ids = f" ({shown})" if notice.sample_ids else ""
        about = f" [{', '.join(told.about)}]" if told.about else ""
        say_finding(notice.severity, f"{where}{notice.message.en}{ids}{about}")
