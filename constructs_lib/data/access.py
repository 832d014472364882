"""What a role needs to read and write data: the prefix, its bucket, and the bucket's key."""

from constructs_lib.core.buckets import Bucket
from constructs_lib.core.iam_policy import Statement
from constructs_lib.data.data_source import BoundData


def reading(data: BoundData, *, account: str | None = None) -> list[Statement]:
    """s3:GetObject on the key or prefix, s3:ListBucket on the bucket; kms:Decrypt if it has a key of its own.

    With `account` only while the bucket is one of that account, whoever takes its name later.
    """
    conditions = {"StringEquals": {"aws:ResourceAccount": account}} if account else {}
    objects = data.bucket.arn_of_objects(data.key_prefix)
    return [
        Statement(actions=["s3:GetObject"], resources=[objects], conditions=conditions),
        Statement(actions=["s3:ListBucket"], resources=[data.bucket.arn], conditions=conditions),
        *_bucket_key(data.bucket, ["kms:Decrypt"]),
    ]


def writing(data: BoundData) -> list[Statement]:
    """s3:GetObject and s3:PutObject below the prefix, s3:ListBucket; kms:GenerateDataKey and Decrypt on its key."""
    return [
        Statement(actions=["s3:GetObject", "s3:PutObject"], resources=[data.bucket.arn_of_objects(data.key_prefix)]),
        Statement(actions=["s3:ListBucket"], resources=[data.bucket.arn]),
        *_bucket_key(data.bucket, ["kms:GenerateDataKey", "kms:Decrypt"]),
    ]


def _bucket_key(bucket: Bucket, actions: list[str]) -> list[Statement]:
    # In the role's own policy: a statement in the key's that named the role would be a cycle across stacks.
    key = bucket.encryption_key
    return [Statement(actions=actions, resources=[key.key_arn])] if key else []
