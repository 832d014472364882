"""What CloudFormation makes of a resource's physical id: its ARN, and the names that a template gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

# The properties that are a resource's physical id, if the template gives them.
_GIVEN: Final = {
    "AWS::S3::Bucket": "BucketName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::SSM::Parameter": "Name",
}
_ARNS: Final = {
    "AWS::S3::Bucket": "arn:{partition}:s3:::{id}",
    "AWS::KMS::Key": "arn:{partition}:kms:{region}:{account}:key/{id}",
    "AWS::Lambda::Function": "arn:{partition}:lambda:{region}:{account}:function:{id}",
}
# Attributes that are the physical id under another name.
_SAME: Final = {
    ("AWS::EC2::SecurityGroup", "GroupId"),
    ("AWS::EC2::Subnet", "SubnetId"),
    ("AWS::EC2::VPC", "VpcId"),
    ("AWS::KMS::Key", "KeyId"),
    ("AWS::Lambda::Alias", "AliasArn"),
    ("AWS::SNS::Topic", "TopicArn"),
    ("AWS::StepFunctions::StateMachine", "Arn"),
}


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a stack is deployed to."""

    account: str
    region: str
    partition: str

    @property
    def url_suffix(self) -> str:
        """Of the partition's hosts."""
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"

    def arn(self, service: str, resource: str) -> str:
        """An ARN in it, of a `resource` as `kind/name`."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"


def given_name(type: str, properties: Mapping[str, Any]) -> Any:
    """What the template calls the resource; None if CloudFormation finds a name for it."""
    return properties.get(_GIVEN.get(type, ""))


def attribute(place: Place, type: str, name: str, physical_id: str, properties: Mapping[str, Any]) -> Any:
    """An attribute that follows from the physical id and the properties; None if it does not."""
    if (type, name) in _SAME:
        return physical_id
    if (type, name) == ("AWS::SSM::Parameter", "Value"):
        return properties.get("Value")
    if name != "Arn":
        return None
    if type == "AWS::IAM::Role":
        path = properties.get("Path", "/")
        return f"arn:{place.partition}:iam::{place.account}:role{path}{physical_id}"
    form = _ARNS.get(type)
    return form and form.format(partition=place.partition, region=place.region, account=place.account, id=physical_id)
