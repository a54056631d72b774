"""A number counts only by its method and under its metric."""

from pathlib import Path

import pytest

from newsletter.readings.tables import value_near_method
from newsletter.sources.fulltext.html import read_html

TABLE = """Table 2: BLEU on newstest2014.
Model | BLEU | BLEU | Training Cost (FLOPs)
Model | EN-DE | EN-FR | EN-DE
GNMT + RL | 24.6 | 39.92 | 2.3⋅10¹⁹
GNMT + RL Ensemble | 26.30 | 41.16 | 1.8⋅10²⁰
Transformer (base model) | 27.3 | 38.1 | 3.3⋅10¹⁸
Transformer (big) | 28.4 | 41.8 | 2.3⋅10¹⁹"""


@pytest.mark.parametrize(
    ("method", "metric", "value", "data"),
    [
        ("Transformer (big)", "BLEU", "28.4", "EN-DE"),
        ("Transformer (big)", "BLEU EN-FR", "41.8", ""),
        ("GNMT + RL", "BLEU EN-DE", "24.6", ""),
        ("GNMT + RL Ensemble", "BLEU", "26.30", "EN-DE"),
        ("Transformer (base model)", "Training Cost (FLOPs)", "3.3⋅10¹⁸", ""),
    ],
)
def test_what_the_table_says(method: str, metric: str, value: str, data: str):
    assert value_near_method(TABLE, method=method, metric=metric, value=value, data=data) is not None


@pytest.mark.parametrize(
    ("method", "metric", "value", "data"),
    [
        ("Transformer (big)", "BLEU", "27.3", "EN-DE"),  # another row's
        ("Transformer (big)", "BLEU", "41.8", "EN-DE"),  # another column's
        ("GNMT + RL", "BLEU EN-DE", "26.30", ""),  # the ensemble's
        ("Transformer (big)", "Training Cost (FLOPs)", "28.4", ""),
        ("Transformer (big)", "accuracy", "28.4", ""),
        ("Transformer (big)", "BLEU", "8.4", "EN-DE"),  # a part of a number
        ("Transformer (big)", "BLEU", "28", "EN-DE"),
        ("ByteNet", "BLEU", "28.4", ""),
    ],
)
def test_what_it_does_not(method: str, metric: str, value: str, data: str):
    assert value_near_method(TABLE, method=method, metric=metric, value=value, data=data) is None


def test_a_table_may_have_its_methods_in_columns():
    table = "Table 1: Errors.\nMetric | OurNet | BaseNet\nError | 3.1 | 4.7\nTime | 12 | 9"
    assert value_near_method(table, method="OurNet", metric="Error", value="3.1") is not None
    assert value_near_method(table, method="OurNet", metric="Error", value="4.7") is None
    assert value_near_method(table, method="OurNet", metric="Time", value="9") is None


PROSE = (
    "TideNet reaches a mean error of 8.4 cm, while GaugeLSTM reaches 12.2 cm and SurgeSim 13.9 cm. Its "
    "accuracy is 91%. The tests used 40 gauges."
)


def test_a_method_may_be_named_behind_its_number():
    text = "The error is 8.4 cm for TideNet and 12.2 cm for GaugeLSTM."
    assert value_near_method(text, method="TideNet", metric="error", value="8.4") is not None
    assert value_near_method(text, method="GaugeLSTM", metric="error", value="12.2") is not None
    assert value_near_method(text, method="TideNet", metric="error", value="12.2") is None
    assert value_near_method(text, method="GaugeLSTM", metric="error", value="8.4") is None


@pytest.mark.parametrize(
    ("method", "metric", "value", "is_there"),
    [
        ("TideNet", "error", "8.4 cm", True),
        ("TideNet", "error", "8.4", True),
        ("GaugeLSTM", "error", "12.2", True),
        ("SurgeSim", "error", "13.9 cm", True),
        ("TideNet", "error", "12.2", False),
        ("GaugeLSTM", "error", "8.4", False),
        ("SurgeSim", "error", "12.2", False),
        ("TideNet", "error", "2.2", False),
        ("TideNet", "recall", "8.4", False),
    ],
)
def test_prose_says_whose_number_it_is(method: str, metric: str, value: str, is_there: bool):
    found = value_near_method(PROSE, method=method, metric=metric, value=value)
    assert (found is not None) is is_there


def test_every_number_of_a_recorded_table_is_found_and_none_of_them_for_another_method(recorded: Path):
    page = recorded / "html/latexml_from_arxiv_source/2305.03393/index.html"
    table = next(each for each in read_html(page.read_bytes()).tables if each.label == "Table 2")
    text = f"{table.label}: {table.caption}\n{table.text}"
    for row in table.rows[2:]:
        data, method, *_, seconds = row
        assert (
            value_near_method(text, method=method, metric="Inference time (secs)", value=seconds, data=data)
            is not None
        ), row
    assert value_near_method(text, method="OTSL", metric="Inference time (secs)", value="5.39") is None
