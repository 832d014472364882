"""Buckets as data needs them: names and ARNs as text, whether the app has the bucket or only a URI names it."""

from dataclasses import dataclass

from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import IConstruct

from constructs_lib.core.scopes import environment_of, remembered


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """A bucket. What its construct says besides is known only where the app has one."""

    name: str
    arn: str
    encryption_key: kms.IKey | None = None
    construct: s3.IBucket | None = None
    account: str | None = None
    region: str | None = None

    def url_of(self, key: str | None) -> str:
        """The URI of a key or prefix in it, or of itself."""
        return f"s3://{self.name}/{key}" if key else f"s3://{self.name}"

    def arn_of_objects(self, pattern: str) -> str:
        """The ARN of the objects whose keys match."""
        return f"{self.arn}/{pattern}"


def named(scope: IConstruct, name: str) -> Bucket:
    """The bucket of this name, in the scope's partition."""
    return Bucket(name=name, arn=environment_of(scope).arn("s3", name, region="", account=""))


@remembered
def bucket_of(bucket: s3.IBucket) -> Bucket:
    """A bucket of the app, or one that it imports."""
    env = bucket.env
    return Bucket(
        name=bucket.bucket_name,
        arn=bucket.bucket_arn,
        encryption_key=bucket.encryption_key,
        construct=bucket,
        account=env.account,
        region=env.region,
    )
