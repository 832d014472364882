from typing import Any

import aws_cdk as cdk
import jsii
import pytest

from constructs_lib.data.metadata_filter import MetadataFilter, MetadataFilterGroup


@jsii.implements(cdk.IStableStringProducer)
class Later:
    def produce(self) -> str:
        return "project, and more"


EQUALS = MetadataFilter.equals("project", "support")
NOT_EQUALS = MetadataFilter.not_equals("stage", "test")
BOTH = MetadataFilter.equals_and_not(equals=("project", "support"), not_equals=("stage", "test"))


@pytest.mark.parametrize(
    ("condition", "request_metadata_filters"),
    [
        (EQUALS, {"equals": {"project": "support"}}),
        (NOT_EQUALS, {"notEquals": {"stage": "test"}}),
        (BOTH, {"andAll": [{"equals": {"project": "support"}, "notEquals": {"stage": "test"}}]}),
        (
            MetadataFilterGroup.all_of(EQUALS, NOT_EQUALS),
            {"andAll": [{"equals": {"project": "support"}}, {"notEquals": {"stage": "test"}}]},
        ),
        (
            MetadataFilterGroup.any_of(BOTH, EQUALS),
            {
                "orAll": [
                    {"equals": {"project": "support"}, "notEquals": {"stage": "test"}},
                    {"equals": {"project": "support"}},
                ]
            },
        ),
        (MetadataFilter.equals("k", ""), {"equals": {"k": ""}}),
    ],
)
def test_a_condition_renders_as_exactly_one_member_of_the_union(
    condition: MetadataFilter | MetadataFilterGroup, request_metadata_filters: dict[str, Any]
) -> None:
    assert condition.request() == request_metadata_filters


@pytest.mark.parametrize("join", [MetadataFilterGroup.all_of, MetadataFilterGroup.any_of])
@pytest.mark.parametrize("filters", [(), (EQUALS,) * 17])
def test_a_group_of_none_or_of_more_than_sixteen_is_refused(join: Any, filters: tuple[MetadataFilter, ...]) -> None:
    with pytest.raises(ValueError, match=r"must have 1 to 16 entries, got .*; give"):
        join(*filters)


@pytest.mark.parametrize("stranger", [MetadataFilterGroup.all_of(EQUALS), {"equals": {"a": "b"}}, "a=b", None])
def test_a_group_of_mixed_things_is_refused(stranger: Any) -> None:
    with pytest.raises(ValueError, match=r"filters must be a MetadataFilter, got .*; use MetadataFilter"):
        MetadataFilterGroup.any_of(EQUALS, stranger)


@pytest.mark.parametrize("key", ["", "a" * 257, "ä", "a,b"])
def test_a_key_that_the_api_refuses_is_refused(key: Any) -> None:
    with pytest.raises(ValueError, match=r"equals key must be 1 to 256 .*, got"):
        MetadataFilter.equals(key, "v")


@pytest.mark.parametrize("value", ["a" * 257, "a;b"])
def test_a_value_that_the_api_refuses_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"not_equals value must be 0 to 256 .*, got"):
        MetadataFilter.not_equals("k", value)


@pytest.mark.parametrize("pair", ["ab", ("a",), ("a", "b", "c"), None])
def test_a_pair_that_is_none_is_refused(pair: Any) -> None:
    with pytest.raises(ValueError, match=r"equals must be a tuple of 2, \(text, text\), got"):
        MetadataFilter.equals_and_not(equals=pair, not_equals=("a", "b"))


def test_tokens_pass_as_key_and_as_value() -> None:
    stack = cdk.Stack(cdk.App(), "Stack")
    key = cdk.Lazy.string(Later())
    value = cdk.CfnParameter(stack, "Value").value_as_string
    rendered = stack.resolve(MetadataFilter.equals(key, value).request())
    assert rendered == {"equals": {"project, and more": {"Ref": "Value"}}}


@pytest.mark.parametrize(
    ("make", "rule"),
    [
        (MetadataFilter, "a filter must have a condition"),
        (lambda: MetadataFilter(equal=("", "x")), "equals key must be 1 to 256"),
        (lambda: MetadataFilterGroup(operator="AND", filters=(EQUALS,)), "operator must be 'andAll' or 'orAll'"),
        (lambda: MetadataFilterGroup(operator="andAll", filters=()), "all_of must have 1 to 16"),
    ],
)
def test_no_door_leads_past_the_checks(make: Any, rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        make()
