"""One interface for all benchmarks: a world to work in, ways to do the work, a table of ratios.

Every way runs in a process of its own, so that its peak memory is its own, once for each round;
rounds go through all ways in turn, so that a busy machine is unfair to all alike. In its process a
way prepares, does the work once unmeasured (compiling is not measured) and then a few times, of
which the quickest counts.
"""

import importlib
import importlib.util
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

GB = 1_000_000  # kilobytes


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
    tells_seconds
        Whether ``run`` returns how long it took, as a program of its own does.
    """

    run: Callable[[], object]
    units: Callable[[Any], float] = once
    repeats: int = 3
    tells_seconds: bool = False


@dataclass(frozen=True)
class Way:
    """One way to do the work: prepares it in a world.

    ``imports`` are loaded before anything is measured; where one is missing, the way is not
    installed. ``check`` raises if what ``run`` returns is wrong; it is asked at the smallest size.
    """

    prepare: Callable[[Any], Work]
    imports: tuple[str, ...] = ()
    check: Callable[[Any, Any], None] | None = None


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
    """

    title: str
    world: Callable[[Any], Any]
    sizes: Mapping[str, Any]
    ways: Mapping[str, Way]
    base: str = "urbangis"
    processor: bool = False


@dataclass(frozen=True)
class Told:
    """What a way took: seconds of work and of preparation, gigabytes; or why there is nothing."""

    work_s: float = inf
    prepare_s: float = inf
    peak_gb: float = inf
    input_gb: float = inf
    note: str = ""


def in_this_process(benchmark: Benchmark, way: Way, size: Any) -> Told:
    """Measure one way once."""
    missing = [name for name in way.imports if importlib.util.find_spec(name.split(".")[0]) is None]
    if missing:
        return Told(note="not installed")
    for name in way.imports:
        importlib.import_module(name)
    world = benchmark.world(size)
    input_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / GB
    clock = time.process_time if benchmark.processor else time.perf_counter
    begin = clock()
    work = way.prepare(world)
    prepare_s = clock() - begin
    seconds = []
    for turn in range(work.repeats + 1):
        begin = clock()
        result = work.run()
        taken = clock() - begin
        if turn or not work.repeats:
            seconds.append(float(result) if work.tells_seconds else taken)
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / GB
    if way.check is not None and size == next(iter(benchmark.sizes.values())):
        way.check(world, result)
    return Told(min(seconds) / work.units(result), prepare_s, peak_gb, input_gb)


@dataclass(frozen=True)
class Options:
    """How to run: the largest sizes left out, rounds, seconds of patience, Pythons for peers."""

    sizes: int
    rounds: int
    patience: float
    peers: tuple[str, ...]


def alone(name: str, way: str, size: str, imports: tuple[str, ...], options: Options) -> Told:
    """Measure one way in a process of its own, by the first Python that has what it imports."""
    told = Told(note="not installed")
    for python in (sys.executable, *options.peers):
        if imports and imports[0].startswith("urbangis") and python != sys.executable:
            continue
        command = [python, "-m", "benchmarks", "--case", name, way, size]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=options.patience, check=False
            )
        except subprocess.TimeoutExpired:
            return Told(note=f"not done in {options.patience:.0f} s")
        if done.returncode:
            told = Told(note=(done.stderr.strip().splitlines() or ["killed"])[-1][:80])
            continue
        told = Told(**json.loads(done.stdout.splitlines()[-1]))
        if not told.note:
            break
    return told


def best(one: Told, other: Told) -> Told:
    """Join what two rounds told."""
    if one.note or other.note:
        return one if one.note else other
    figures = ("work_s", "prepare_s", "peak_gb", "input_gb")
    return Told(*(min(getattr(one, name), getattr(other, name)) for name in figures))


def lines(name: str, benchmark: Benchmark, options: Options) -> Iterator[str]:
    """Measure all ways at all sizes; yield a table in Markdown."""
    sizes = list(benchmark.sizes)[: options.sizes]
    found: dict[str, list[Told]] = {way: [] for way in benchmark.ways}
    for size in sizes:
        told: dict[str, Told] = {}
        for _ in range(options.rounds):
            for way, how in benchmark.ways.items():
                before = told.get(way, found[way][-1] if found[way] else None)
                if before is not None and before.note:
                    told[way] = before  # what fails once, or at a smaller size, is not tried again
                    continue
                new = alone(name, way, size, how.imports, options)
                told[way] = best(told[way], new) if way in told else new
        for way in benchmark.ways:
            found[way].append(told[way])
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


def _cells(row: list[Told], base: list[Told]) -> Iterator[str]:
    for told, ours in zip(row, base, strict=True):
        yield told.note or f"{_figures(told.work_s)} ({told.work_s / ours.work_s:.2g})"
    done = [told for told in row if not told.note]
    if not done:
        yield from ("", "", "")
        return
    yield f"{done[-1].work_s / done[0].work_s:.1f}" if len(done) > 1 else ""
    yield f"{done[-1].prepare_s:.2f} s"
    yield f"{done[-1].peak_gb:.2f} ({done[-1].input_gb:.2f})"


def _figures(seconds: float) -> str:
    return f"{seconds:.3g} s" if seconds >= 0.1 else f"{1000 * seconds:.3g} ms"
