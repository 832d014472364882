"""What a model is measured on while it is trained: Validator of the service model bedrock 2023-04-20."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib.core.warnings import SynthWarning
from constructs_lib.data.data_source import BoundData, DataSource, LocalFile, S3Object, S3Uri
from constructs_lib.data.jsonl.schema import Schema


@dataclass(frozen=True, kw_only=True)
class ValidationData:
    """One of a job's validators, at most 10. Each gives one validation loss."""

    source: DataSource

    @classmethod
    def from_bucket(cls, bucket: s3.IBucket, key: str) -> "ValidationData":
        """A JSONL file in a bucket; the job may read exactly this key, or all below a key that ends with '/'.

        Raises `ValueError` for a key that the API's S3Uri can't express (no spaces, no '=', no '//').
        """
        return cls(source=S3Object(bucket=bucket, key=key))

    @classmethod
    def from_s3_uri(cls, uri: str) -> "ValidationData":
        """A JSONL file by its URI, `s3://bucket/key` of at most 1024 characters; raises `ValueError` for another."""
        return cls(source=S3Uri(uri=uri))

    @classmethod
    def from_asset(cls, path: str | os.PathLike[str]) -> "ValidationData":
        """A JSONL file on this machine, checked line by line at synthesis and uploaded with the deployment.

        It is published with a key that ends in `.jsonl`, whatever its name.

        Raises `ValueError` for a file that does not exist; the check names file and line.
        """
        return cls(source=LocalFile.of(path))

    def check(self, schema: Schema) -> Sequence[SynthWarning]:
        """Reads a local file line by line. The limits on the number of records are those of training, not of this."""
        return self.source.check(schema.of_any_length())

    def records(self) -> int:
        """How many records a local file has; 0 for other data."""
        return self.source.records()

    def bind(self, scope: Construct, index: int) -> BoundData:
        """Takes its place under the job. The request is an entry of `validationDataConfig.validators`."""
        return self.source.bind(scope, f"ValidationData{index}")
