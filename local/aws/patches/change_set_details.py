"""Details of a change set: which properties change, and which of them replace a resource."""

from collections.abc import Collection, Mapping
from typing import Any

from local.aws.patches.names import cloudformation as ministack
from local.aws.patches.patch import Patch


class ChangeSetDetails(Patch):
    corrects = (
        "ministack lists a reference to a resource that changes in place as a change of its own, and tags as "
        "something that may replace a resource: after a change of tags alone, every resource seemed to change."
    )
    aws = (
        "A reference to what is not replaced stands for the same value afterwards and is not listed; tags of AWS "
        "resources never replace them: "
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceTargetDefinition.html"
    )
    uses = (ministack.property_recreation, ministack.reference_details)

    def apply(self) -> None:
        ministack.property_recreation.replace(_property_recreation)
        ministack.reference_details.replace(_reference_details)


def _property_recreation(resource_type: str, name: str) -> str:
    is_tag = name == "Tags" and resource_type.startswith("AWS::")
    return "Never" if is_tag else str(ministack.property_recreation.original(resource_type, name))


def _reference_details(definition: dict[str, Any], replacements: Mapping[str, str], changed: Collection[str]) -> Any:
    replaced = {name: word for name, word in replacements.items() if word != "False"}
    return ministack.reference_details.original(definition, replaced, changed)
