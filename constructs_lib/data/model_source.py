"""Where an imported custom model comes from. Source: shapes ModelDataSource and CustomModelDataSource of the service
model bedrock 2023-04-20."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib.core import checks
from constructs_lib.core.buckets import named
from constructs_lib.core.contract import TRAINING_JOB, TRAINING_JOB_NAME, TRAINING_JOB_OUTPUT
from constructs_lib.core.iam_policy import Statement
from constructs_lib.core.scopes import environment_of

# Where a training job of SageMaker AI writes which escrow bucket and prefix its checkpoint is in.
ESCROW_PREFIX: Final = "customer-escrow-"
_PLACE_OF_ARTIFACTS: Final = "checkpoint_s3_bucket"
_FILES_BESIDE: Final = {
    "manifest.json": "the file in which the training job says where they are",
    "output.tar.gz": "the archive whose manifest.json says where they are",
}
# Shape TrainingJobName of the service model sagemaker 2017-07-24.
_JOB_NAME: Final = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")


@dataclass(frozen=True, kw_only=True)
class ModelSource:
    """The trained model that Bedrock copies: artifacts in Amazon S3, or a model package of Amazon SageMaker AI."""

    _request: Mapping[str, Any]
    _uri: str | None = None
    _package_arn: str | None = None
    _bucket: s3.IBucket | None = None
    _training_job: str | None = None
    _prefix: str | None = None

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

    @classmethod
    def from_training_job(
        cls, name: str, *, bucket: s3.IBucket | None = None, prefix: str | None = None
    ) -> "ModelSource":
        """The checkpoint of a Nova training job of SageMaker AI, which the deployment finds in the job's output.

        The provider reads where the job writes (sagemaker:DescribeTrainingJob), then `manifest.json` there or in
        `output.tar.gz` (s3:GetObject, on these keys of this job). A job that has not come to its end, has failed, or
        tells no checkpoint fails the deployment before anything starts. The job's name is the input: what is found is
        imported once. The service role may read every escrow bucket that SageMaker AI keeps for the account.

        :param name: 1 to 63 letters, digits or '-', in the stack's account and Region.
        :param bucket: the bucket that the job writes to: the provider may read no other one, and decrypt with the
            bucket's key. Needed for a job on SageMaker HyperPod, which no API knows. Default: the bucket that the job
            names, if it is of the stack's account.
        :param prefix: the job's output path in that bucket, without the job's name. Default: the top of the bucket.
        :raises ValueError: for a name that no training job has, or a `prefix` without `bucket`.
        """
        checks.require(
            checks.is_token(name) or bool(_JOB_NAME.fullmatch(name)),
            "name must be 1 to 63 letters, digits or '-', the name of a training job",
            name,
            "give the name alone, as DescribeTrainingJob takes it",
        )
        checks.require(
            prefix is None or bucket is not None,
            "prefix belongs to a bucket",
            prefix,
            "give bucket=, the one that the training job writes to",
        )
        folder = prefix.strip("/") if prefix and not checks.is_token(prefix) else prefix
        if folder is not None:
            checks.s3_key("prefix", folder)
        job = {TRAINING_JOB_NAME: name}
        if bucket is not None:
            job[TRAINING_JOB_OUTPUT] = bucket.s3_url_for_object(folder)
        return cls(_request={TRAINING_JOB: job}, _training_job=name, _bucket=bucket, _prefix=folder)

    @property
    def request(self) -> Mapping[str, Any]:
        """The member of CreateCustomModel that names this source, or the training job that the provider asks for it."""
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

    def find_statements(self, scope: Construct) -> list[Statement]:
        """What the provider needs to find the checkpoint of a training job; nothing for any other source.

        Of a bucket that is not given, only objects of this job in buckets of the account. SageMaker AI writes ARNs in
        lower case (docs/assumptions.md: training-job-arn).
        """
        if self._training_job is None:
            return []
        environment, job = environment_of(scope), self._training_job
        names = [job] if checks.is_token(job) else list(dict.fromkeys((job, job.lower())))
        describe = Statement(
            actions=["sagemaker:DescribeTrainingJob"],
            resources=[environment.arn("sagemaker", f"training-job/{name}") for name in names],
        )
        files = [f"{job}/manifest.json", f"{job}/output/output/manifest.json", f"{job}/output/output.tar.gz"]
        if self._bucket is None:
            anywhere = [environment.arn("s3", f"*/{file}", region="", account="") for file in files]
            of_account = {"StringEquals": {"aws:ResourceAccount": environment.account}}
            return [describe, Statement(actions=["s3:GetObject"], resources=anywhere, conditions=of_account)]
        key = self._bucket.encryption_key
        return [
            describe,
            Statement(
                actions=["s3:GetObject"],
                resources=[
                    self._bucket.arn_for_objects(f"{self._prefix}/{file}" if self._prefix else file) for file in files
                ],
            ),
            # Without it Amazon S3 calls a missing object a denied one.
            Statement(actions=["s3:ListBucket"], resources=[self._bucket.bucket_arn]),
            *([Statement(actions=["kms:Decrypt"], resources=[key.key_arn])] if key else []),
        ]

    def read_statements(self, scope: Construct) -> list[Statement]:
        """What a service role needs: s3:GetObject below the URI, s3:ListBucket on its bucket, and kms:Decrypt on the
        bucket's key, if it is known; of a training job, on the escrow buckets of the account. None for a package.
        """
        if self._training_job is not None:
            return _read_escrow(scope)
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


def _read_escrow(scope: Construct) -> list[Statement]:
    """Which one it is, only the deployment knows. They belong to an account of AWS and carry this account's id
    (docs/assumptions.md: escrow-bucket-names).
    """
    environment = environment_of(scope)
    buckets = environment.arn("s3", f"{ESCROW_PREFIX}{environment.account}-*", region="", account="")
    return [
        Statement(actions=["s3:GetObject"], resources=[f"{buckets}/*"]),
        Statement(actions=["s3:ListBucket"], resources=[buckets]),
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
