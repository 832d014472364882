"""What a model is trained on: TrainingDataConfig of the service model bedrock 2023-04-20."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib.core.warnings import SynthWarning
from constructs_lib.data.data_source import BoundData, DataSource, Filters, InvocationLogs, LocalFile, S3Object, S3Uri
from constructs_lib.data.invocation_log_location import IInvocationLogging, log_location
from constructs_lib.data.jsonl.schema import Schema


@dataclass(frozen=True, kw_only=True)
class TrainingData:
    """The data of a training run: a JSONL file in S3 or on this machine, or invocation logs.

    Other data is another run. What counts as other: the URI for data in S3, the records for a local file, the
    location and the filters for logs. Buckets must lie in the job's Region.
    """

    source: DataSource

    @classmethod
    def from_bucket(cls, bucket: s3.IBucket, key: str) -> "TrainingData":
        """A JSONL file in a bucket.

        The job may read exactly this key, or all below a key that ends with '/'. Images and videos that the records
        refer to need a grant of their own, as `bucket.grant_read(job.role, "images/*")`. New content under the same
        key is the same data: give it another key, or the job another `revision`.

        Raises `ValueError` for a key that the API's S3Uri can't express (no spaces, no '=', no '//').
        """
        return cls(source=S3Object(bucket=bucket, key=key))

    @classmethod
    def from_s3_uri(cls, uri: str) -> "TrainingData":
        """A JSONL file by its URI, `s3://bucket/key` of at most 1024 characters.

        The bucket is imported by name, so its policy and key are for its owner to extend. A URI known only at
        deployment as a whole lets the job read its bucket as a whole.

        Raises `ValueError` for anything else, and for a URI without a key.
        """
        return cls(source=S3Uri(uri=uri))

    @classmethod
    def from_asset(cls, path: str | os.PathLike[str]) -> "TrainingData":
        """A JSONL file on this machine, uploaded with the deployment.

        Every line is checked at synthesis against the format of the base model's family; members that are null are
        absent. It is published with a key that ends in `.jsonl`, whatever its name. New records are another run;
        another path, line ends or a byte order mark are not.

        Raises `ValueError` for a file that does not exist; the check names file and line.
        """
        return cls(source=LocalFile.of(path))

    @classmethod
    def from_invocation_logs(
        cls,
        bucket: s3.IBucket | IInvocationLogging,
        prefix: str | None = None,
        *,
        use_prompt_response: bool = False,
        filters: Filters | None = None,
    ) -> "TrainingData":
        """Prompts, and on request responses, that model invocation logging wrote to a bucket.

        Bedrock logs below `<prefix>/AWSLogs/<account>/BedrockModelInvocationLogs/<region>/`. At least 100 and at most
        15,000 pairs are used in a distillation.

        :param bucket: the bucket of the stack's Region, or the `InvocationLogging` that logs to one, which knows the
            prefix.
        :param prefix: where the logs begin, for a bucket; nothing beside an `InvocationLogging`.
        :param use_prompt_response: Default: only prompts are used, and the teacher answers them anew.
        :param filters: Default: every invocation below the prefix is used.

        Raises `ValueError` for an empty prefix, for filters of another type, and for an `InvocationLogging` that logs
        to no bucket.
        """
        place, begin = log_location(bucket, prefix)
        return cls(
            source=InvocationLogs(bucket=place, prefix=begin, use_prompt_response=use_prompt_response, filters=filters)
        )

    def check(self, schema: Schema) -> Sequence[SynthWarning]:
        """Reads a local file line by line; other data passes. For the job's constructor, before it creates anything."""
        return self.source.check(schema)

    def records(self) -> int:
        """How many records a local file has; 0 for other data."""
        return self.source.records()

    def bind(self, scope: Construct) -> BoundData:
        """Takes its place under the job. The request is the value of `trainingDataConfig`."""
        return self.source.bind(scope, "TrainingData")
