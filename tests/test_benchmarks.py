"""The harness of the benchmarks: what is measured, what is said where nothing is."""

import importlib
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def harness(monkeypatch):
    monkeypatch.syspath_prepend(ROOT)
    yield importlib.import_module("benchmarks.harness")
    for name in [one for one in sys.modules if one.split(".")[0] == "benchmarks"]:
        del sys.modules[name]


def benchmark(harness, prepare, **options):
    return harness.Benchmark("Sleep", float, {"short": 0.01}, {"urbangis": prepare}, **options)


def test_work_is_timed_for_one_unit_and_not_the_preparation(harness):
    def prepare(seconds):
        time.sleep(0.2)
        return harness.Work(lambda: time.sleep(4 * seconds), units=lambda _: 4, repeats=2)

    way = harness.Way(prepare)
    told = harness.in_this_process(benchmark(harness, way), way, 0.01)
    assert 0.01 <= told.work_s < 0.1
    assert told.prepare_s >= 0.2
    assert told.peak_gb >= told.input_gb > 0


def test_a_program_tells_its_own_seconds_and_answer(harness):
    def run():
        return harness.Run(7.5, 3)

    way = harness.Way(
        lambda _: harness.Work(run, units=float, repeats=0, program=True),
        answer=lambda _, found: found,
    )
    told = harness.in_this_process(benchmark(harness, way), way, 0.01)
    assert told.work_s == 2.5
    assert told.answer == 3.0


def test_what_is_not_installed_is_said(harness):
    way = harness.Way(lambda _: harness.Work(int), imports=("no_such_package",))
    assert harness.in_this_process(benchmark(harness, way), way, 0.01).note == "not installed"


def test_a_wrong_answer_is_no_time(harness):
    def refuse(world, result):
        raise ValueError("wrong")

    way = harness.Way(lambda _: harness.Work(lambda: 1), check=refuse)
    with pytest.raises(ValueError, match="wrong"):
        harness.in_this_process(benchmark(harness, way), way, 0.01)


def test_the_table_tells_ratios_and_growth_and_tries_no_failure_again(harness, monkeypatch):
    taken = {("urbangis", "1/4"): 0.2, ("urbangis", "1"): 1.0, ("peer", "1/4"): 0.5}
    tried = []

    def alone(name, way, size, imports, options):
        tried.append((way, size))
        if way == "slow":
            return harness.Told(note="not done in 9 s")
        answer = 101.0 if (way, size) == ("peer", "1") else 100.0
        return harness.Told(taken.get((way, size), 4.0), 0.5, 2.0, 1.0, answer=answer)

    monkeypatch.setattr(harness, "alone", alone)
    ways = {way: harness.Way(lambda _: harness.Work(int)) for way in ("urbangis", "peer", "slow")}
    made = harness.Benchmark("Things", float, {"1/4": 0.25, "1": 1.0, "4": 4.0}, ways)
    options = harness.Options(sizes=2, rounds=2, patience=9, peers=())
    table = list(harness.lines("things", made, options))
    assert "| urbangis | 0.2 s (1) | 1 s (1) | 5.0 | 0.50 s | 2.00 (1.00) |" in table
    assert "| peer | 0.5 s (2.5) | 4 s (4) | 8.0 | 0.50 s | 2.00 (1.00) |" in table
    assert "| slow | not done in 9 s | not done in 9 s |  |  |  |" in table
    assert "Answers apart from those of urbangis, at most: peer 0.01.\n" in table
    assert tried.count(("slow", "1/4")) == 1
    assert ("slow", "1") not in tried


def alone_taking(harness, monkeypatch, whole_s):
    """Let every case take so long; return the list of what is tried."""
    tried = []

    def alone(name, way, size, imports, options):
        tried.append(size)
        return harness.Told(1.0, 1.0, 1.0, 1.0, whole_s=whole_s)

    monkeypatch.setattr(harness, "alone", alone)
    return tried


def growing(harness):
    ways = {"urbangis": harness.Way(lambda _: harness.Work(int))}
    return harness.Benchmark("Things", float, {"1/4": 0.25, "1": 1.0}, ways, amount=float)


def test_what_foretells_more_than_the_patience_is_not_tried(harness, monkeypatch):
    tried = alone_taking(harness, monkeypatch, 20.0)
    peer = replace(growing(harness), base="another")
    found = harness.measured("things", peer, harness.Options(2, 1, 79.0))
    assert tried == ["1/4"]
    assert found["urbangis"][1].note == "not tried, foretold 80 s"


def test_ours_is_always_tried(harness, monkeypatch):
    tried = alone_taking(harness, monkeypatch, 20.0)
    harness.measured("things", growing(harness), harness.Options(2, 1, 79.0))
    assert tried == ["1/4", "1"]


def test_a_benchmark_of_slow_peers_has_more_patience(harness, monkeypatch):
    tried = alone_taking(harness, monkeypatch, 20.0)
    patient = replace(growing(harness), base="another", patience=2.0)
    harness.measured("things", patient, harness.Options(2, 1, 79.0))
    assert tried == ["1/4", "1"]


def test_what_takes_long_is_measured_in_one_round(harness, monkeypatch):
    tried = alone_taking(harness, monkeypatch, 20.0)
    harness.measured("things", growing(harness), harness.Options(1, 2, 80.0))
    harness.measured("things", growing(harness), harness.Options(1, 2, 81.0))
    assert len(tried) == 1 + 2


def test_what_is_recorded_is_not_measured_again(harness, monkeypatch, tmp_path):
    tried = alone_taking(harness, monkeypatch, 2.0)
    options = harness.Options(1, 2, 80.0, record=tmp_path / "record.jsonl")
    once = list(harness.lines("things", growing(harness), options))
    assert len(tried) == 2
    again = list(harness.lines("things", growing(harness), options))
    assert len(tried) == 2
    assert again == once


def test_nothing_begins_when_time_is_up(harness, monkeypatch):
    tried = alone_taking(harness, monkeypatch, 2.0)
    options = harness.Options(2, 2, 80.0, until=time.monotonic() - 1)
    table = list(harness.lines("things", growing(harness), options))
    assert not tried
    assert "| urbangis | left out, time was up | left out, time was up |  |  |  |" in table


def test_every_name_leads_to_a_benchmark(harness):
    commands = importlib.import_module("benchmarks.__main__")
    for name, module in commands.MODULES.items():
        text = (ROOT / "benchmarks" / f"{module}.py").read_text(encoding="utf-8")
        assert f'"{name}": ' in text
    for script in commands.SCRIPTS.values():
        assert (ROOT / "benchmarks" / script).is_file()
