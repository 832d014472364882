"""KMS keys in ministack."""

from local.aws.patches.names.private_name import Function

resolve_key = Function("services.kms._resolve_key", "(key_id_or_arn)")
key_policy_for_arn = Function("services.kms.key_policy_for_arn", "(resource_arn)")
