"""Who may invoke a model."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from constructs_lib.core.kms_keys import USE_KEY_ACTIONS, through_bedrock

# InvokeModel is also what Converse asks for, and the other what both streaming calls ask for.
# https://docs.aws.amazon.com/bedrock/latest/userguide/inference-prereq.html
INVOKE_ACTIONS = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")


def grant_invoke(grantee: iam.IGrantable, *, arn: str, region: str, key: kms.IKey | None) -> iam.Grant:
    """INVOKE_ACTIONS on exactly this ARN, and what the model's key takes."""
    grant = iam.Grant.add_to_principal(grantee=grantee, actions=list(INVOKE_ACTIONS), resource_arns=[arn])
    return grant.combine(grant_use_of_key(grantee, key=key, region=region)) if key else grant


def grant_use_of_key(grantee: iam.IGrantable, *, key: kms.IKey, region: str) -> iam.Grant:
    """USE_KEY_ACTIONS through Amazon Bedrock: to invoke a model of this key.

    In the grantee's own policy only: a statement in the key's that named it would be a cycle across stacks.
    https://docs.aws.amazon.com/bedrock/latest/userguide/encryption-custom-job.html
    """
    return iam.Grant.add_to_principal(
        grantee=grantee,
        actions=list(USE_KEY_ACTIONS),
        resource_arns=[key.key_arn],
        conditions=through_bedrock(region),
    )
