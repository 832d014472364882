"""Where a job leaves its metrics: OutputDataConfig of the service model bedrock 2023-04-20."""

from dataclasses import dataclass

from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib.core import checks
from constructs_lib.core.buckets import Bucket, bucket_of, named
from constructs_lib.data.data_source import BoundData, split_uri


@dataclass(frozen=True, kw_only=True)
class OutputData:
    """A bucket, or a folder of it, below which the job writes `model-customization-job-<id>/`.

    No part of a run's identity: a new place is used by the next run, and starts none.
    """

    bucket: s3.IBucket | None = None
    prefix: str | None = None
    uri: str | None = None

    def __post_init__(self) -> None:
        checks.require(
            (self.bucket is None) != (self.uri is None) and (self.prefix is None or self.bucket is not None),
            "output data must be in a bucket, with or without a prefix, or at a uri",
            {"bucket": self.bucket and "a bucket", "prefix": self.prefix, "uri": self.uri},
            "use OutputData.to_bucket(bucket, prefix) or OutputData.to_s3_uri(uri)",
        )
        if self.prefix is not None:
            checks.s3_key("prefix", self.prefix)
        if self.uri is not None:
            checks.s3_uri("uri", self.uri)

    @classmethod
    def to_bucket(cls, bucket: s3.IBucket, prefix: str | None = None) -> "OutputData":
        """A folder of a bucket.

        :param prefix: Default: the job writes to the bucket's root, and may reach all of it.

        Raises `ValueError` for a prefix that the API's S3Uri can't express (no spaces, no '=', no '//').
        """
        return cls(bucket=bucket, prefix=prefix)

    @classmethod
    def to_s3_uri(cls, uri: str) -> "OutputData":
        """The same by its URI, `s3://bucket` or `s3://bucket/prefix`, of at most 1024 characters.

        Raises `ValueError` for anything else.
        """
        return cls(uri=uri)

    def bind(self, scope: Construct) -> BoundData:
        """Takes its place under the job. The request is the value of `outputDataConfig`."""
        bucket, uri, prefix = self._place(scope)
        return BoundData(uri=uri, bucket=bucket, key_prefix=_below(prefix), request={"s3Uri": uri}, identity={})

    def _place(self, scope: Construct) -> tuple[Bucket, str, str | None]:
        if self.bucket is not None:
            bucket = bucket_of(self.bucket)
            return bucket, bucket.url_of(self.prefix), self.prefix
        uri = self.uri or ""
        bucket_name, prefix = split_uri(uri)
        return named(scope, bucket_name), uri, prefix


def _below(prefix: str | None) -> str:
    return f"{prefix.removesuffix('/')}/*" if prefix else "*"
