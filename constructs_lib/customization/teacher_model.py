"""The larger model whose answers a distilled model learns from: TeacherModelConfig of the service model."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_bedrock as bedrock

from constructs_lib.core import checks

# Where each geography's profiles may route to, as an IAM wildcard: an account can't list the Regions at synthesis.
REGIONS_OF: Final = {
    "us": "us-*",
    "us-gov": "us-gov-*",
    "ca": "ca-*",
    "eu": "eu-*",
    "apac": "ap-*",
    "jp": "ap-northeast-*",
    "au": "ap-southeast-*",
    "global": "*",
}
_ANY_REGION: Final = "*"
_REGION: Final = r"[a-z]{2,4}(-[a-z]+)+-\d+"
_PROFILE_ID: Final = r"([a-z-]+)\.([a-z0-9-]+\.[a-zA-Z0-9.:-]+)"
_MODEL: Final = "foundation-model/"
_PROFILE: Final = "inference-profile/"


@dataclass(frozen=True, kw_only=True)
class TeacherModel:
    """A foundation model, called in the job's Region or through a cross-Region inference profile.

    `identifier` is what the API takes as `teacherModelIdentifier`; `identity` names the same in every account.
    """

    model_id: str
    identifier: str
    identity: str
    profile_id: str | None = None
    regions: tuple[str, ...] | None = None

    @classmethod
    def from_model(cls, model: bedrock.IModel) -> "TeacherModel":
        """A foundation model that answers in the job's own Region.

        Raises `ValueError` for a model that is no foundation model, as Provisioned Throughput.
        """
        model_id = _model_id(model)
        return cls(model_id=model_id, identifier=model_id, identity=model_id)

    @classmethod
    def from_inference_profile(
        cls, id_or_arn: str, *, model: bedrock.IModel, regions: Sequence[str] | None = None
    ) -> "TeacherModel":
        """A foundation model that answers in any Region of a system-defined inference profile.

        :param id_or_arn: As `us.amazon.nova-pro-v1:0`, which stands for the profile in the job's account and
            Region, or the profile's ARN. Application inference profiles are not taken by the API.
        :param model: The model behind the profile.
        :param regions: Where the profile routes to. Default: every Region of the geography that the id begins with
            (`us.` is `us-*`), and the job's own; for an id known only at deployment, every Region.

        Raises `ValueError` for another kind of ARN, a profile of another model, and regions that are none.
        """
        model_id, profile_id = _model_id(model), _profile_id(id_or_arn)
        _check_same_model(profile_id, model_id)
        return cls(
            model_id=model_id,
            identifier=id_or_arn if _PROFILE in id_or_arn else _arn_of(profile_id),
            identity=profile_id,
            profile_id=profile_id,
            regions=_checked(profile_id, regions),
        )

    def invoke_arns(self, stack: cdk.Stack) -> list[str]:
        """What the job's role must be allowed to `bedrock:InvokeModel`: the profile, the model in each Region."""
        models = [_foundation_model(stack, self.model_id, region) for region in self._regions(stack)]
        return models if self.profile_id is None else [self.identifier, *models]

    def _regions(self, stack: cdk.Stack) -> list[str]:
        if self.regions is not None:
            return [*self.regions]
        if self.profile_id is None:
            return [stack.region]
        geography = REGIONS_OF.get(self.profile_id.partition(".")[0], _ANY_REGION)
        # A profile may also stay in the Region it was called from, as `us.` does in ca-central-1.
        return [geography] if _covers(geography, stack.region) else [geography, stack.region]


def _arn_of(profile_id: str) -> str:
    # Pseudo parameters, because the job's stack is not known yet.
    partition, region, account = cdk.Aws.PARTITION, cdk.Aws.REGION, cdk.Aws.ACCOUNT_ID
    return f"arn:{partition}:bedrock:{region}:{account}:{_PROFILE}{profile_id}"


def _foundation_model(stack: cdk.Stack, model_id: str, region: str) -> str:
    return stack.format_arn(
        service="bedrock", region=region, account="", resource="foundation-model", resource_name=model_id
    )


def _covers(geography: str, region: str) -> bool:
    return geography == _ANY_REGION or (not checks.is_token(region) and fnmatchcase(region, geography))


def _model_id(model: bedrock.IModel) -> str:
    arn = model.model_arn
    _, found, model_id = arn.partition(_MODEL)
    if found:
        return model_id
    checks.require(
        checks.is_token(arn) and ":" not in arn,
        "the teacher must be a foundation model",
        arn,
        "use bedrock.FoundationModel.from_foundation_model_id(...)",
    )
    return cdk.Fn.select(1, cdk.Fn.split(_MODEL, arn))


def _profile_id(id_or_arn: str) -> str:
    if id_or_arn.startswith("arn:"):
        checks.arn(
            "id_or_arn",
            id_or_arn,
            service="bedrock",
            resource=f"{_PROFILE}.+",
            example="arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.amazon.nova-pro-v1:0",
        )
        return id_or_arn.partition(_PROFILE)[2] or id_or_arn
    checks.require(
        checks.is_token(id_or_arn) or re.fullmatch(_PROFILE_ID, id_or_arn) is not None,
        "id_or_arn must be a geography and a model's id, or an inference profile's ARN",
        id_or_arn,
        "use an id like 'us.amazon.nova-pro-v1:0'",
    )
    return id_or_arn


def _check_same_model(profile_id: str, model_id: str) -> None:
    if checks.is_token([profile_id, model_id]):
        return
    behind = profile_id.partition(".")[2]
    checks.require(
        behind.startswith(model_id) or model_id.startswith(behind),
        f"id_or_arn must be a profile of the model {model_id!r}",
        profile_id,
        "give model and profile of the same id",
    )


def _checked(profile_id: str, regions: Sequence[str] | None) -> tuple[str, ...] | None:
    if regions is None:
        return None
    checks.require(
        not isinstance(regions, str) and len(regions) > 0,
        "regions must be a list of at least one Region",
        regions,
        "use ['us-east-1', 'us-west-2'], or leave it out for the whole geography",
    )
    for region in regions:
        checks.require(
            checks.is_token(region) or re.fullmatch(_REGION, region) is not None,
            "regions must be the codes of Regions",
            region,
            "use a code like 'us-east-1'",
        )
    # Global profiles are also checked against the model's ARN without a Region.
    return (*regions, "") if profile_id.startswith("global.") else tuple(regions)
