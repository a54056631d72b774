"""What stands in deploy/monitoring and docs/monitoring.md is about metrics that exist."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.urls import get_resolver

from config.logs import TOKEN_PAGES, mask_tokens
from operations.metrics.catalogue import CATALOGUE, Kind
from subscriptions.models.states import DeliveryState

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "monitoring"
SERIES = {
    name: metric
    for metric in CATALOGUE.values()
    for name in (
        [f"{metric.name}_{part}" for part in ("bucket", "sum", "count")]
        if metric.kind == Kind.HISTOGRAM
        else [metric.name]
    )
}


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
    return group["rules"]


def panels() -> list[dict[str, Any]]:
    return json.loads((FOLDER / "grafana-dashboard.json").read_text())["panels"]


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in rules())
    yield from (target["expr"] for panel in panels() for target in panel.get("targets", ()))


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_every_expression_asks_for_metrics_and_labels_that_exist(expression):
    bare = re.sub(r'"[^"]*"', '""', expression)
    assert bare.count("(") == bare.count(")")
    names = set(re.findall(r"\b(?:paperpost_\w+|up)\b", bare))
    assert names
    assert names <= SERIES.keys() | {"up"}
    for name, matchers in re.findall(r"\b(paperpost_\w+)\{([^}]*)\}", bare):
        labels = set(re.findall(r"(\w+)\s*[=!]", matchers))
        assert labels <= set(SERIES[name].labels), expression
    for name, selector in re.findall(r"\b(paperpost_\w+)(\{[^}]*\})?\[", bare):
        assert SERIES[name].kind != Kind.GAUGE, f"increase() of a gauge: {name}{selector}"


def test_states_in_selectors_exist():
    for expression in expressions():
        for states in re.findall(r'state=~?"([^"]+)"', expression):
            assert set(states.split("|")) <= set(DeliveryState.values), expression


def test_every_metric_is_on_the_dashboard():
    shown = {name for target in expressions() for name in re.findall(r"paperpost_\w+", target)}
    assert {name.name for name in CATALOGUE.values()} <= {SERIES[name].name for name in shown}


def test_every_rule_says_what_is_wrong_and_what_to_do():
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names)) > 10
    for rule in rules():
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert len(rule["annotations"]["summary"]) > 20
        assert len(rule["annotations"]["description"]) > 20
        for label in re.findall(r"\$labels\.(\w+)", json.dumps(rule["annotations"])):
            of_metrics = [SERIES[name].labels for name in re.findall(r"paperpost_\w+", rule["expr"])]
            assert label in {each for labels in of_metrics for each in labels}, rule["alert"]


def test_panels_lie_side_by_side():
    taken: set[tuple[int, int]] = set()
    assert len({panel["id"] for panel in panels()}) == len(panels())
    for panel in panels():
        place = panel["gridPos"]
        cells = {
            (place["x"] + column, place["y"] + line)
            for column in range(place["w"])
            for line in range(place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells


def test_the_example_reads_the_rules_that_are_there():
    example = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    assert [(FOLDER / name).exists() for name in example["rule_files"]] == [True]
    assert example["scrape_configs"][0]["metrics_path"] == "/metrics"


def test_the_table_of_metrics_is_the_catalogue():
    text = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(paperpost_\w+)` \| (\w+) \| (.*?) ?\| (.+) \|$", text, re.MULTILINE)
    assert [
        (name, kind, tuple(re.findall(r"`(\w+)`", labels)), says) for name, kind, labels, says in rows
    ] == [(metric.name, str(metric.kind), metric.labels, metric.help) for metric in CATALOGUE.values()]


def token_pages() -> set[str]:
    """The first parts of all addresses that hold a reader's token."""

    def walk(patterns: Iterable[Any], before: str = "") -> Iterator[str]:
        for each in patterns:
            path = before + str(each.pattern).removeprefix("^")
            yield from walk(each.url_patterns, path) if hasattr(each, "url_patterns") else (path,)

    return {path.partition("/")[0] for path in walk(get_resolver().url_patterns) if "token" in path}


def test_logs_and_traces_leave_out_the_token_of_every_page_that_has_one():
    assert set(TOKEN_PAGES) == token_pages()
    text = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
    (listed,) = re.findall(r"^OTEL_PYTHON_DJANGO_EXCLUDED_URLS=(.+)$", text, re.MULTILINE)
    assert listed.split(",") == [f"{page}/" for page in TOKEN_PAGES]
    assert mask_tokens("Not Found: /rate/half-of-a-token/") == "Not Found: /rate/[token]/"
