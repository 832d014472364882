"""S3 buckets for our Bedrock: those of the user's account, and the escrow buckets of SageMaker AI."""

import contextvars
import gzip
import re
from collections.abc import Iterator
from typing import Any

from local.aws.patches.names import kms, s3, server
from local.bedrock.objects import split

# SageMaker AI keeps the artifacts of Nova training in an account of its own, where the user's role is let in.
ESCROW_ACCOUNT = "999988887777"
_ARTIFACT = b'{"checkpoint": "a stand-in for the weights of a trained model"}'
_LOGGED = gzip.compress(b'{"requestMetadata": {"project": "support"}}', mtime=0)


class Buckets:
    """Implements `local.bedrock.Objects` on ministack's S3."""

    def __init__(self, account: str) -> None:
        self._account = account

    def put(self, bucket: str, key: str, body: bytes) -> None:
        owner = self.owner(bucket)
        if owner is None:
            raise ValueError(f"bucket must exist, got {bucket!r}")
        _as_account(owner, s3.put_object, bucket, key, body, {})

    def exists(self, uri: str) -> bool:
        bucket, key = split(uri)
        return any(name.startswith(key) for name in self._keys(bucket))

    def bucket_exists(self, bucket: str) -> bool:
        return self.owner(bucket) is not None

    def owner(self, bucket: str) -> str | None:
        buckets = s3.buckets.value
        accounts = (self._account, ESCROW_ACCOUNT)
        return next((account for account in accounts if buckets.contains_scoped(account, None, bucket)), None)

    def policy(self, bucket: str) -> tuple[str, str]:
        """The bucket's policy and its owner."""
        owner = self.owner(bucket) or self._account
        return s3.bucket_policies.value.get_scoped(owner, None, bucket) or "", owner

    def key(self, bucket: str) -> str | None:
        """The ARN of the customer's key that the bucket encrypts with by default."""
        raw = s3.bucket_encryption.value.get_scoped(self.owner(bucket) or "", None, bucket) or ""
        found = re.search(r"<KMSMasterKeyID>([^<]+)</KMSMasterKeyID>", raw)
        key = kms.resolve_key(found[1]) if found else None
        return key["Arn"] if key else None

    def make_escrow(self, region: str) -> str:
        """A bucket like the ones SageMaker AI leaves a trained Nova model in. Returns the model's URI."""
        bucket, key = f"customer-escrow-{self._account}-smtj-0123456789ab", "nova-lite-demo/checkpoint/manifest.json"
        _as_account(ESCROW_ACCOUNT, _make_escrow, bucket, region, key, self._account)
        return f"s3://{bucket}/{key.rsplit('/', 1)[0]}/"

    def make_invocation_logs(self, region: str) -> None:
        """A bucket as it is where the account logs its invocations: only a setting of the account could fill it."""
        bucket = f"model-invocation-logs-{self._account}"
        key = f"bedrock/AWSLogs/{self._account}/BedrockModelInvocationLogs/{region}/2026/01/02/03/logged.json.gz"
        _as_account(self._account, _put_into_new, bucket, region, key, _LOGGED)

    def put_into(self, bucket: str, region: str, key: str, body: bytes) -> None:
        """An object in a bucket of the account, which is made if there is none."""
        if self.owner(bucket) is None:
            _as_account(self._account, _put_into_new, bucket, region, key, body)
        else:
            self.put(bucket, key, body)

    def _keys(self, bucket: str) -> Iterator[str]:
        if owner := self.owner(bucket):
            record = s3.buckets.value.get_scoped(owner, None, bucket)
            yield from record["objects"]


def _make_escrow(bucket: str, region: str, key: str, reader: str) -> None:
    _put_into_new(bucket, region, key, _ARTIFACT)
    resources = ", ".join(f'"arn:aws:s3:::{name}"' for name in (bucket, f"{bucket}/*"))
    s3.bucket_policies.value[bucket] = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], '
        f'"Principal": {{"AWS": "{reader}"}}, "Resource": [{resources}]}}]}}'
    )


def _put_into_new(bucket: str, region: str, key: str, body: bytes) -> None:
    s3.create_bucket(bucket, b"", {}, region)
    s3.put_object(bucket, key, body, {})


def _as_account(account: str, call: Any, *arguments: object) -> Any:
    def run() -> Any:
        server.set_request_account_id(account)
        return call(*arguments)

    return contextvars.copy_context().run(run)
