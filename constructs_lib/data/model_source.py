"""Where an imported custom model comes from. Source: shapes ModelDataSource and CustomModelDataSource of the service
model bedrock 2023-04-20."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib.core import checks
from constructs_lib.core.buckets import named
from constructs_lib.core.iam_policy import Statement
from constructs_lib.core.scopes import environment_of

# Where a training job of SageMaker AI writes which escrow bucket and prefix its checkpoint is in.
_PLACE_OF_ARTIFACTS: Final = "checkpoint_s3_bucket"
_FILES_BESIDE: Final = {
    "manifest.json": "the file in which the training job says where they are",
    "output.tar.gz": "the archive whose manifest.json says where they are",
}


@dataclass(frozen=True, kw_only=True)
class ModelSource:
    """The trained model that Bedrock copies: artifacts in Amazon S3, or a model package of Amazon SageMaker AI."""

    _request: Mapping[str, Any]
    _uri: str | None = None
    _package_arn: str | None = None
    _bucket: s3.IBucket | None = None

    @classmethod
    def from_s3_uri(cls, uri: str) -> "ModelSource":
        """Artifacts in the Amazon-managed escrow bucket that a training job of SageMaker AI wrote.

        `uri` is `s3://bucket/prefix`, at most 1024 characters, usually out of the job's `manifest.json`. A service role
        that may read below it is made, or has to be given. Raises `ValueError` for anything that is no S3 URI, and for
        the manifest itself: its key `checkpoint_s3_bucket` holds the prefix.
        """
        checks.s3_uri("uri", uri)
        _check_is_prefix("uri", uri)
        return cls(_request={"modelSourceConfig": {"s3DataSource": {"s3Uri": uri}}}, _uri=uri)

    @classmethod
    def from_bucket(cls, bucket: s3.IBucket, prefix: str) -> "ModelSource":
        """The same, from a bucket and the prefix of the artifacts in it. The role may decrypt with the bucket's key."""
        checks.require(
            checks.is_token(prefix) or bool(prefix.strip("/")),
            "prefix must name where the artifacts are",
            prefix,
            "give the folder that SageMaker AI wrote",
        )
        _check_is_prefix("prefix", prefix)
        return replace(cls.from_s3_uri(bucket.s3_url_for_object(prefix.lstrip("/"))), _bucket=bucket)

    @classmethod
    def from_model_package_arn(cls, arn: str) -> "ModelSource":
        """A restricted model package of SageMaker AI. It takes no service role: the provider's own permissions count
        (`sagemaker:DescribeModelPackage`, `AccessModelPackageData` and `AccessModelPackage` on the package).

        Raises `ValueError` for an ARN of anything else.
        """
        checks.arn(
            "arn",
            arn,
            service="sagemaker",
            resource="model-package/.+",
            example="arn:aws:sagemaker:us-east-1:123456789012:model-package/my-group/1",
        )
        source = {"modelPackageArnDataSource": {"modelPackageArn": arn}}
        return cls(_request={"customModelDataSource": source}, _package_arn=arn)

    @property
    def request(self) -> Mapping[str, Any]:
        """The member of CreateCustomModel that names this source."""
        return self._request

    @property
    def model_package_arn(self) -> str | None:
        """The model package, if it is one."""
        return self._package_arn

    def check_region(self, scope: Construct) -> None:
        """Raises `ValueError` for a bucket of another Region, when both are known."""
        if self._bucket:
            own = environment_of(scope).region
            checks.same_region("source", self._bucket.env.region, own, "copy the artifacts to a bucket of that Region")

    def read_statements(self, scope: Construct) -> list[Statement]:
        """What a service role needs: s3:GetObject below the URI, s3:ListBucket on its bucket, and kms:Decrypt on the
        bucket's key, if it is known. None for a package.
        """
        if self._uri is None:
            return []
        path, bucket = _parts(self._uri)
        key = self._bucket.encryption_key if self._bucket else None
        environment = environment_of(scope)
        return [
            Statement(actions=["s3:GetObject"], resources=[environment.arn("s3", f"{path}*", region="", account="")]),
            Statement(actions=["s3:ListBucket"], resources=[named(scope, bucket).arn]),
            *([Statement(actions=["kms:Decrypt"], resources=[key.key_arn])] if key else []),
        ]


def _check_is_prefix(argument: str, value: str) -> None:
    """Refuses the files of a training job of SageMaker AI that only say where the artifacts are."""
    file = "" if checks.is_token(value) else value.rpartition("/")[2]
    what = _FILES_BESIDE.get(file)
    checks.require(
        what is None,
        f"{argument} must be the prefix of the artifacts, and {file} is {what}",
        value,
        f"open it and give the value of its key {_PLACE_OF_ARTIFACTS}",
    )


def _parts(uri: str) -> tuple[str, str]:
    """Bucket and key, and the bucket alone."""
    if not checks.is_token(uri):
        path = uri.removeprefix("s3://")
        return path, path.partition("/")[0]
    # Taken apart by CloudFormation, so that a URI known only at deployment is narrowed just as well.
    path = cdk.Fn.select(1, cdk.Fn.split("s3://", uri))
    return path, cdk.Fn.select(0, cdk.Fn.split("/", path))
