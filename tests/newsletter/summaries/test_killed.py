"""SIGKILL, for real: the run in a process of its own, the server in this one."""

from benchmarks import summaries as bench


def test_a_killed_run_loses_no_paid_answer_and_pays_for_none_twice(monkeypatch):
    monkeypatch.setenv("SCALE", "0.05")
    monkeypatch.setattr(bench, "PAPERS", 10)
    monkeypatch.setattr(bench, "KILLS", 3)
    crowd = bench.Crowd()
    last = bench.one_day(crowd, lambda environ: bench.killed(environ, crowd))
    assert last["summarised"] == 30
    assert last["kills"] == 3
    assert len(crowd.began) <= 30 + last["under_way"]
