"""The service role of a customization or import job: what it needs besides reading data and writing output.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-customization-iam-role.html
https://docs.aws.amazon.com/bedrock/latest/userguide/vpc-model-customization.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from local.aws.access import Iam
from local.bedrock import Permission

_PROFILE = "inference-profile/"
# Where the cross-Region profiles of these geographies route to; others stay in the Region they are called from.
_REGIONS = {"us": ("us-east-1", "us-east-2", "us-west-2"), "eu": ("eu-central-1", "eu-west-1", "eu-west-3")}
_DESCRIBED = ("NetworkInterfaces", "Vpcs", "DhcpOptions", "Subnets", "SecurityGroups")
_MANAGED_TAG = "BedrockManaged"
# By the call that starts the job: the tag of its network interfaces, and how the ARN in it ends.
_JOB_TAGS = {
    "CreateModelCustomizationJob": ("BedrockModelCustomizationJobArn", "model-customization-job/nova/abc"),
    "CreateModelImportJob": ("BedrockModelImportJobArn", "model-import-job/abc"),
}


class JobRole:
    """Checks the role of a job, before Bedrock carries the request out."""

    def __init__(self, iam: Iam, account: str, region: str) -> None:
        self._iam = iam
        self._place = f"{region}:{account}"
        self._region = region

    def refusal(self, operation: str, params: Mapping[str, Any], _caller: str) -> str | None:
        """Why the job could not do its work; None for other operations, or if it can."""
        if operation not in _JOB_TAGS:
            return None
        role = params.get("roleArn", "")
        needs = self._needed(operation, params)
        denied = next((needed for needed in needs if not self._iam.role_may(role, needed)), None)
        if denied is None:
            return None
        return f"User: {role} is not authorized to perform: {denied.action} on resource: {denied.resource}"

    def _needed(self, operation: str, params: Mapping[str, Any]) -> Iterator[Permission]:
        config = params.get("customizationConfig", {})
        teacher = config.get("distillationConfig", {}).get("teacherModelConfig", {}).get("teacherModelIdentifier")
        if teacher:
            yield from (Permission("bedrock:InvokeModel", arn) for arn in self._teachers(teacher))
        grader = config.get("rftConfig", {}).get("graderConfig", {}).get("lambdaGrader", {}).get("lambdaArn")
        if grader:
            yield Permission("lambda:InvokeFunction", grader)
        if network := params.get("vpcConfig"):
            yield from self._network(operation, network)

    def _teachers(self, identifier: str) -> Iterator[str]:
        _, found, profile = identifier.partition(_PROFILE)
        if not found:
            model_id = identifier.rpartition("/")[2]
            yield f"arn:aws:bedrock:{self._region}::foundation-model/{model_id}"
            return
        geography, _, model_id = profile.partition(".")
        yield identifier
        for region in _REGIONS.get(geography, (self._region,)):
            yield f"arn:aws:bedrock:{region}::foundation-model/{model_id}"

    def _network(self, operation: str, network: Mapping[str, Any]) -> Iterator[Permission]:
        """Network interfaces are looked up, made with two tags, lent to the job, and taken away again."""
        tag, job = _JOB_TAGS[operation]
        ec2, tags = f"arn:aws:ec2:{self._place}", {_MANAGED_TAG: "true", tag: f"arn:aws:bedrock:{self._place}:{job}"}
        asked = {f"aws:requesttag/{name.lower()}": value for name, value in tags.items()}
        yield from (Permission(f"ec2:Describe{what}", "*") for what in _DESCRIBED)
        yield Permission("ec2:CreateNetworkInterface", f"{ec2}:network-interface/*", asked)
        yield from (Permission("ec2:CreateNetworkInterface", f"{ec2}:subnet/{name}") for name in network["subnetIds"])
        groups = network["securityGroupIds"]
        yield from (Permission("ec2:CreateNetworkInterface", f"{ec2}:security-group/{name}") for name in groups)
        making = {"ec2:createaction": "CreateNetworkInterface", "aws:tagkeys": list(tags)}
        yield Permission("ec2:CreateTags", f"{ec2}:network-interface/eni-0", making)
        for subnet_id in network["subnetIds"]:
            carried = {f"ec2:resourcetag/{name.lower()}": value for name, value in tags.items()}
            carried["ec2:subnet"] = f"{ec2}:subnet/{subnet_id}"
            for action in (
                "CreateNetworkInterfacePermission",
                "DeleteNetworkInterfacePermission",
                "DeleteNetworkInterface",
            ):
                yield Permission(f"ec2:{action}", f"{ec2}:network-interface/eni-0", carried)
