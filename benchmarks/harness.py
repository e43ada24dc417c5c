"""One interface for all benchmarks: a world to work in, ways to do the work, a table of ratios.

Every way runs in a process of its own, so that its peak memory is its own, once for each round;
rounds go through all ways in turn, so that a busy machine is unfair to all alike. In its process a
way prepares, does the work once unmeasured (compiling is not measured) and then a few times, of
which the quickest counts.

Every way may tell its answer as one number, and the table says how far those are from ours. What
failed at a smaller size, or foretells more than the patience, is not tried and said to be so.
"""

import importlib
import importlib.util
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from math import inf, isfinite
from pathlib import Path
from subprocess import PIPE
from typing import Any, NamedTuple

GB = 1_000_000  # kilobytes
NOT_DONE = "not done"
LONG = 0.25
"""A way that takes more than this part of the patience is measured in one round only."""


def once(_: object) -> float:
    """Count the whole work as one."""
    return 1.0


@dataclass(frozen=True)
class Work:
    """What is measured.

    Parameters
    ----------
    run
        Does the work.
    units
        How much of it was done, told by what ``run`` returns: seconds are for one unit.
    repeats
        How often it is done after the first time; 0 where once is long enough.
    program
        Whether the work is done by a program of its own: ``run`` then returns the `Run` that it
        told, and the peak of memory is the program's.
    """

    run: Callable[[], Any]
    units: Callable[[Any], float] = once
    repeats: int = 3
    program: bool = False


class Run(NamedTuple):
    """What a program tells: seconds, its result, and seconds of preparation."""

    seconds: float
    result: Any = None
    prepare_s: float = 0.0


@dataclass(frozen=True)
class Way:
    """One way to do the work: prepares it in a world.

    ``imports`` are loaded before anything is measured; where one is missing, the way is not
    installed. ``check`` raises if what ``run`` returns is wrong; it is asked at the smallest size.
    ``answer`` makes one number of it, which is compared with that of ours at every size.
    """

    prepare: Callable[[Any], Work]
    imports: tuple[str, ...] = ()
    check: Callable[[Any, Any], None] | None = None
    answer: Callable[[Any, Any], float] | None = None


@dataclass(frozen=True)
class Benchmark:
    """The same work done in several ways; the first is ours unless a ``floor`` comes before it.

    Parameters
    ----------
    title
        What is done, and what one unit of it is.
    world
        Makes the input of a size; neither its time nor its memory is counted as the way's.
    sizes
        By name, ascending.
    ways
        By name.
    base
        The way that ratios are told against.
    processor
        Whether processor time is measured rather than time by the clock.
    amount
        How much work a size is, so that a smaller one foretells how long a larger one takes.
    patience
        How many times the patience is waited, where a peer that matters is slow.
    """

    title: str
    world: Callable[[Any], Any]
    sizes: Mapping[str, Any]
    ways: Mapping[str, Way]
    base: str = "urbangis"
    processor: bool = False
    amount: Callable[[Any], float] = once
    patience: float = 1.0


@dataclass(frozen=True)
class Told:
    """What a way took: seconds of work and of preparation, gigabytes; or why there is nothing.

    ``whole_s`` is all of it by the clock, for as often as it was done; ``answer`` is what came out.
    """

    work_s: float = inf
    prepare_s: float = inf
    peak_gb: float = inf
    input_gb: float = inf
    note: str = ""
    whole_s: float = 0.0
    answer: float | None = None


def in_this_process(benchmark: Benchmark, way: Way, size: Any) -> Told:
    """Measure one way once."""
    missing = [name for name in way.imports if importlib.util.find_spec(name.split(".")[0]) is None]
    if missing:
        return Told(note="not installed")
    for name in way.imports:
        importlib.import_module(name)
    world = benchmark.world(size)
    input_gb = _peak_gb(resource.RUSAGE_SELF)
    clock = time.process_time if benchmark.processor else time.perf_counter
    whole, begin = time.perf_counter(), clock()
    work = way.prepare(world)
    prepare_s = clock() - begin
    seconds = []
    for turn in range(work.repeats + 1):
        begin = clock()
        result = work.run()
        taken = clock() - begin
        if turn or not work.repeats:
            seconds.append(result.seconds if work.program else taken)
    whole_s = time.perf_counter() - whole
    peak_gb = _peak_gb(resource.RUSAGE_CHILDREN if work.program else resource.RUSAGE_SELF)
    if work.program:
        prepare_s += result.prepare_s
        result = result.result
    if way.check is not None and size == next(iter(benchmark.sizes.values())):
        way.check(world, result)
    answer = None if way.answer is None else float(way.answer(world, result))
    work_s = min(seconds) / work.units(result)
    return Told(work_s, prepare_s, peak_gb, input_gb, whole_s=whole_s, answer=answer)


def _peak_gb(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / GB


@dataclass(frozen=True)
class Options:
    """How to run.

    Parameters
    ----------
    sizes
        How many, from the smallest on.
    rounds
        How often every way is run, unless it takes long.
    patience
        Seconds for each way.
    peers
        Other Pythons, which have peers.
    until
        When to begin nothing more, by `time.monotonic`.
    record
        File that each measurement is added to as it comes; what is in it is not measured again.
    """

    sizes: int
    rounds: int
    patience: float
    peers: tuple[str, ...] = ()
    until: float = inf
    record: Path | None = None


def alone(name: str, way: str, size: str, imports: tuple[str, ...], options: Options) -> Told:
    """Measure one way in a process of its own, by the first Python that has what it imports."""
    told = Told(note="not installed")
    for python in (sys.executable, *options.peers):
        if imports and imports[0].startswith("urbangis") and python != sys.executable:
            continue
        command = [python, "-m", "benchmarks", "--case", name, way, size]
        case = subprocess.Popen(
            command, stdout=PIPE, stderr=PIPE, text=True, start_new_session=True
        )
        try:
            out, err = case.communicate(timeout=options.patience)
        except subprocess.TimeoutExpired:
            os.killpg(case.pid, signal.SIGKILL)  # with the programs that it started
            case.communicate()
            return Told(note=f"{NOT_DONE} in {options.patience:.0f} s")
        if case.returncode:
            told = Told(note=(err.strip().splitlines() or ["killed"])[-1][:80])
            continue
        told = Told(**json.loads(out.splitlines()[-1]))
        if not told.note:
            break
    return told


def recorded(case: tuple[str, str, str], turn: int, imports: tuple[str, ...], to: Options) -> Told:
    """Look a measurement up in the record, or measure and add it."""
    key = [*case, turn]
    if to.record is not None and to.record.exists():
        for line in to.record.read_text(encoding="utf-8").splitlines():
            found = json.loads(line)
            if found["case"] == key:
                return Told(**found["told"])
    if time.monotonic() > to.until:
        return Told(note="left out, time was up")
    told = alone(*case, imports, to)
    _say(f"{' | '.join(case)}: {told.note or _figures(told.work_s)}, {told.whole_s:.0f} s in all")
    if to.record is not None and (not told.note or told.note.startswith(NOT_DONE)):
        with to.record.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"case": key, "told": asdict(told)}) + "\n")
    return told


def _say(words: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {words}", file=sys.stderr, flush=True)


def best(one: Told, other: Told) -> Told:
    """Join what two rounds told."""
    if one.note or other.note:
        return one if one.note else other
    figures = ("work_s", "prepare_s", "peak_gb", "input_gb")
    least = {name: min(getattr(one, name), getattr(other, name)) for name in figures}
    return Told(**least, whole_s=max(one.whole_s, other.whole_s), answer=one.answer)


def foretold(before: Told | None, growth: float, patience: float) -> Told | None:
    """Say why a way is not tried at a size, from how it did at a smaller one."""
    if before is None:
        return None
    if before.note:
        return before
    if before.whole_s * growth > patience:
        return Told(note=f"not tried, foretold {before.whole_s * growth:.0f} s")
    return None


def measured(name: str, benchmark: Benchmark, options: Options) -> dict[str, list[Told]]:
    """Measure all ways at all sizes."""
    options = replace(options, patience=options.patience * benchmark.patience)
    found: dict[str, list[Told]] = {way: [] for way in benchmark.ways}
    amount = [benchmark.amount(size) for size in benchmark.sizes.values()]
    for at, size in enumerate(list(benchmark.sizes)[: options.sizes]):
        growth = amount[at] / amount[max(at - 1, 0)]
        told: dict[str, Told] = {}
        for turn in range(options.rounds):
            for way, how in benchmark.ways.items():
                if way not in told:
                    before = found[way][-1] if found[way] else None
                    more = 0.0 if way == benchmark.base else growth  # ours is always tried
                    told[way] = foretold(before, more, options.patience) or recorded(
                        (name, way, size), turn, how.imports, options
                    )
                elif not told[way].note and told[way].whole_s < LONG * options.patience:
                    again = recorded((name, way, size), turn, how.imports, options)
                    told[way] = best(told[way], again) if not again.note else told[way]
        for way in benchmark.ways:
            found[way].append(told[way])
    return found


def lines(name: str, benchmark: Benchmark, options: Options) -> Iterator[str]:
    """Measure all ways at all sizes; yield a table in Markdown."""
    sizes = list(benchmark.sizes)[: options.sizes]
    found = measured(name, benchmark, options)
    clock = "processor seconds" if benchmark.processor else "seconds"
    yield f"### {benchmark.title}: `{name}`"
    yield ""
    heads = [f"{size}: {clock} (ratio)" for size in sizes]
    yield "| way | " + " | ".join(heads) + " | growth | preparation | GB (input alone) |"
    yield "|---" * (len(sizes) + 4) + "|"
    base = found[benchmark.base]
    for way, row in found.items():
        yield f"| {way} | " + " | ".join(_cells(row, base)) + " |"
    yield ""
    apart = {way: _apart(row, base) for way, row in found.items() if way != benchmark.base}
    compared = [f"{way} {far:.1g}" for way, far in apart.items() if far is not None]
    if compared:
        yield f"Answers apart from those of {benchmark.base}, at most: {', '.join(compared)}.\n"


def _apart(row: list[Told], base: list[Told]) -> float | None:
    """How far answers are from ours, as a part of ours; None where nothing is compared."""
    pairs = [(told.answer, ours.answer) for told, ours in zip(row, base, strict=True)]
    far = [abs(one - our) / abs(our or 1.0) for one, our in pairs if None not in (one, our)]
    return max(far, default=None)


def _cells(row: list[Told], base: list[Told]) -> Iterator[str]:
    for told, ours in zip(row, base, strict=True):
        ratio = f" ({told.work_s / ours.work_s:.2g})" if isfinite(ours.work_s) else ""
        yield told.note or f"{_figures(told.work_s)}{ratio}"
    done = [told for told in row if not told.note]
    if not done:
        yield from ("", "", "")
        return
    yield f"{done[-1].work_s / done[0].work_s:.1f}" if len(done) > 1 else ""
    yield f"{done[-1].prepare_s:.2f} s"
    yield f"{done[-1].peak_gb:.2f} ({done[-1].input_gb:.2f})"


def _figures(seconds: float) -> str:
    return f"{seconds:.3g} s" if seconds >= 0.1 else f"{1000 * seconds:.3g} ms"
