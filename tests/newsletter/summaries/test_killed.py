"""SIGKILL, for real: the run in a process of its own, the server in this one."""

import pytest

from benchmarks import summaries as bench

pytestmark = pytest.mark.processes


def test_a_killed_run_loses_no_paid_answer_and_pays_for_none_twice(monkeypatch):
    monkeypatch.setenv("SCALE", "0.04")  # 8 papers, for the other process
    monkeypatch.setattr(bench, "PAPERS", 8)
    monkeypatch.setattr(bench, "KILLS", 1)
    monkeypatch.setattr(bench, "LATENCY", 0.2)
    monkeypatch.setattr(bench, "AT_ONCE", 3)  # so that many answers are stored before the kill
    crowd = bench.Crowd()
    last = bench.one_day(crowd, lambda environ: bench.killed(environ, crowd))
    assert last["summarised"] == 24
    assert last["kills"] == 1
    assert crowd.accepted <= 24 + last["under_way"]
    assert last["under_way"] <= last["kills"] * 3
