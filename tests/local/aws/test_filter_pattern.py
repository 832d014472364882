"""Filter patterns of CloudWatch Logs: what matches, and what is refused."""

import pytest
from aws_cdk import aws_logs as logs

from local.aws.filter_pattern import compiled

EVENT = {"event": "status", "attributes": {"JobName": "a (job)", "n": None}, "seconds": 900, "is_on": True}


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ('{ $.event = "status" }', True),
        ("{ $.event = status }", True),
        ('{$.event="sta*"}', True),
        ('{ $.event = "loo" }', False),
        ('{ $.event != "done" }', True),
        ('{ $.missing != "done" }', False),
        ('{ $.seconds = "*" }', True),
        ("{ $.attributes.missing = * }", False),
        ("{ $.event.deeper = * }", False),
        ("{ $.seconds = 900 }", True),
        ("{ $.seconds >= 900.0 }", True),
        ("{ $.seconds > 900 }", False),
        ("{ $.event < 5 }", False),
        ("{ $.is_on = 1 }", False),
        ("{ $.is_on = true }", True),
        ('{ ($.attributes.JobName = "a (job)") && ($.seconds = "*") }', True),
        ('{ ($.event = "x") || ($.event = "status") && ($.seconds < 5) }', False),
        ('{ (($.event = "x") || ($.event = "status")) && ($.seconds > 5) }', True),
    ],
)
def test_a_pattern_matches(pattern: str, matches: bool) -> None:
    assert compiled(pattern)(EVENT) is matches


def test_the_cdks_patterns_are_understood() -> None:
    name = logs.FilterPattern.string_value("$.attributes.JobName", "=", "a (job)")
    pattern = logs.FilterPattern.all(name, logs.FilterPattern.exists("$.seconds"))
    assert compiled(pattern.log_pattern_string)(EVENT)
    assert not compiled(pattern.log_pattern_string)({"seconds": 5})


@pytest.mark.parametrize(
    "pattern", ["", "ERROR", "[a, b]", "{ $.a }", "{ $.a = 1", "{ $.a ~ 1 }", "{ $.a NOT EXISTS }", "{&"]
)
def test_another_kind_of_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"a filter pattern must|a comparison must"):
        compiled(pattern)
