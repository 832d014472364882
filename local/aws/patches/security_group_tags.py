"""Tags of security groups in the conditions of policies."""

from collections.abc import Iterator

from local.aws.patches.names import ec2
from local.aws.patches.patch import Patch


class SecurityGroupTags(Patch):
    corrects = "ministack does not know the tags of security groups where it evaluates aws:ResourceTag."
    aws = "aws:ResourceTag holds for security groups: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html"
    uses = (ec2.security_groups, ec2.tags, ec2.RESOURCE_TAG_COLLECTORS)

    def __init__(self, account: str, region: str) -> None:
        self._arns = f"arn:aws:ec2:{region}:{account}:security-group"

    def apply(self) -> None:
        ec2.RESOURCE_TAG_COLLECTORS.value["ec2"] = self._collect

    def _collect(self) -> Iterator[tuple[str, list[dict[str, str]]]]:
        for group_id in list(ec2.security_groups.value):
            yield f"{self._arns}/{group_id}", ec2.tags.value.get(group_id, [])
