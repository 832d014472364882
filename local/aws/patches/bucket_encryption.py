"""The default encryption of buckets that CloudFormation makes."""

from collections.abc import Mapping
from typing import Any

from local.aws.patches.names import cloudformation as ministack
from local.aws.patches.names import s3
from local.aws.patches.patch import Patch

_TYPE = "AWS::S3::Bucket"


class BucketEncryption(Patch):
    corrects = "ministack's provisioner of buckets ignores BucketEncryption."
    aws = (
        "The KMS key that a bucket encrypts with decides who may read its objects: "
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html"
    )
    uses = (ministack.RESOURCE_HANDLERS, s3.put_bucket_encryption)

    def apply(self) -> None:
        handlers = ministack.RESOURCE_HANDLERS.value[_TYPE]
        create, update = handlers["create"], handlers["update"]

        def create_encrypted(logical_id: str, properties: Mapping[str, Any], stack_name: str) -> Any:
            bucket, attributes = create(logical_id, properties, stack_name)
            _encrypt(bucket, properties)
            return bucket, attributes

        def update_encrypted(bucket: str, old: Mapping[str, Any], new: Mapping[str, Any], stack_name: str) -> Any:
            bucket, attributes = update(bucket, old, new, stack_name)
            _encrypt(bucket, new)
            return bucket, attributes

        handlers |= {"create": create_encrypted, "update": update_encrypted}


def _encrypt(bucket: str, properties: Mapping[str, Any]) -> None:
    rules = properties.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", [])
    default = rules[0].get("ServerSideEncryptionByDefault", {}) if rules else {}
    if "KMSMasterKeyID" not in default:
        # S3 uses its own keys without asking for anybody's permission.
        return
    inner = "".join(f"<{name}>{default[name]}</{name}>" for name in ("SSEAlgorithm", "KMSMasterKeyID"))
    rule = f"<Rule><ApplyServerSideEncryptionByDefault>{inner}</ApplyServerSideEncryptionByDefault></Rule>"
    body = f"<ServerSideEncryptionConfiguration>{rule}</ServerSideEncryptionConfiguration>"
    s3.put_bucket_encryption(bucket, body.encode())
