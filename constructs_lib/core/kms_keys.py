"""Customer keys: which ones a model can have, who may use them, and what another's key has to allow."""

import json

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct, IConstruct

from constructs_lib.core import checks
from constructs_lib.core.contract import PREFIX
from constructs_lib.core.iam_policy import Statement
from constructs_lib.core.scopes import environment_of, stack_of
from constructs_lib.core.warnings import policy_text

# What Bedrock does with a customer key while it makes and keeps a model.
# https://docs.aws.amazon.com/bedrock/latest/userguide/encryption-custom-job.html
MODEL_KEY_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey", "kms:CreateGrant")
# What Bedrock does with it, in the caller's name, when the model is invoked, deployed or given throughput. The user
# guide of Amazon Bedrock names the first alone; that of Amazon Nova both (its statement PermissionsModelInvocation).
USE_KEY_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey")


def check_model_key(scope: Construct, key: kms.IKey | None) -> None:
    """Raises `ValueError` for an alias, an asymmetric key and one of another Region, as far as they can be seen."""
    if key is None:
        return
    own = environment_of(scope).region
    checks.same_region(
        "encryption_key", key.env.region, own, "give a key of that Region, or a multi-Region key's replica there"
    )
    literal = json.dumps(stack_of(scope).resolve(key.key_arn))
    checks.require(
        ":alias/" not in literal,
        "encryption_key must be a key: the API takes a key's ARN, not an alias",
        key.key_arn if not checks.is_token(key.key_arn) else "an alias",
        "give the key that the alias stands for, or kms.Key.from_key_arn",
    )
    resource = key.node.default_child
    spec = resource.key_spec if isinstance(resource, kms.CfnKey) else None
    checks.require(
        spec in (None, "SYMMETRIC_DEFAULT") or checks.is_token(spec),
        "encryption_key must be symmetric",
        spec,
        "use kms.KeySpec.SYMMETRIC_DEFAULT",
    )


def through_bedrock(region: str) -> dict[str, dict[str, str]]:
    """The condition that Amazon Bedrock asks, on behalf of whom the statement is for."""
    return {"StringEquals": {"kms:ViaService": f"bedrock.{region}.amazonaws.com"}}


def model_key_statement(scope: IConstruct, key: kms.IKey) -> Statement:
    """MODEL_KEY_ACTIONS on the key, through Amazon Bedrock only. For a role's own policy: a statement in the key's that
    named the role would be a cycle as soon as the key lives in another stack."""
    return Statement(
        actions=MODEL_KEY_ACTIONS,
        resources=[key.key_arn],
        conditions=through_bedrock(environment_of(scope).region),
    )


def allow_serving(key: kms.IKey) -> None:
    """Lets Bedrock itself read a Nova model of this key for Provisioned Throughput.

    The principal is static, so this can't be a cycle even for a key of another stack. An imported key's policy is left
    as it is; `warn_of_imported_key` prints the statement.
    """
    key.add_to_resource_policy(_serving_statement())


def _serving_statement() -> iam.PolicyStatement:
    return iam.PolicyStatement(
        principals=[iam.ServicePrincipal("bedrock.amazonaws.com")],
        actions=list(USE_KEY_ACTIONS),
        resources=["*"],
        conditions={"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "aws:bedrock:custom-model"}},
    )


def warn_of_imported_key(scope: Construct, key: kms.IKey, roles: list[iam.IRole], *, provisioned: bool = True) -> None:
    """The policy of an imported key is out of reach: says which statements it needs.

    The second one, `provisioned`, only for a model that Provisioned Throughput can serve.
    """
    if cdk.Resource.is_owned_resource(key):
        return
    use = model_key_statement(scope, key).to_json()
    use |= {"Principal": {"AWS": [role.role_arn for role in roles]}, "Resource": "*"}
    needed = [use, *([_serving_statement().to_statement_json()] if provisioned else [])]
    # The IAM policies of an account say nothing about another account's key.
    account, own = key.env.account, environment_of(scope).account
    is_foreign = checks.is_another(account, own)
    first = (
        f"the first because it is a key of account {account}"
        if is_foreign
        else "the first only if it does not leave access to the IAM policies of its account"
    )
    second = ", the second only for Provisioned Throughput" if provisioned else ""
    cdk.Annotations.of(scope).add_warning_v2(
        f"{PREFIX}importedKey",
        f"The policy of an imported key can't be changed from here. It needs these statements; {first}{second}:\n"
        + policy_text(scope, needed),
    )
