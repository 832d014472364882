"""Where data lies: what is the same for training and validation data."""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, cast

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from constructs_lib.core import checks
from constructs_lib.core.buckets import Bucket, bucket_of, named
from constructs_lib.core.warnings import SynthWarning
from constructs_lib.customization.hyper_parameters import all_as_text
from constructs_lib.data.jsonl import reader
from constructs_lib.data.jsonl.schema import Schema
from constructs_lib.data.metadata_filter import MetadataFilter, MetadataFilterGroup

Filters = MetadataFilter | MetadataFilterGroup

_EXTENSION: Final = ".jsonl"


@dataclass(frozen=True, kw_only=True)
class BoundData:
    """Data with its place in a construct tree.

    `key_prefix` is the key, or the pattern of keys, that the job has to reach in `bucket`. `request` is the API's
    member as it is sent; `identity` is what makes other data of it, text throughout, and empty for an output.
    """

    uri: str
    bucket: Bucket
    key_prefix: str
    request: Mapping[str, Any]
    identity: Mapping[str, Any]


class DataSource(Protocol):
    """What training and validation data know about themselves."""

    def check(self, schema: Schema) -> Sequence[SynthWarning]:
        """Raises `ValueError` for data that can be read at synthesis and does not match; returns what is unwise."""
        ...

    def records(self) -> int:
        """How many records are known at synthesis."""
        ...

    def bind(self, scope: Construct, id: str) -> BoundData:
        """Takes its place under a construct."""
        ...


class _Remote:
    """Data that only the job will read."""

    def check(self, schema: Schema) -> Sequence[SynthWarning]:  # noqa: ARG002  the protocol's signature
        return ()

    def records(self) -> int:
        return 0


@dataclass(frozen=True, kw_only=True)
class S3Object(_Remote):
    """An object, or with a final '/' a folder, of a bucket."""

    bucket: s3.IBucket
    key: str

    def __post_init__(self) -> None:
        checks.s3_key("key", self.key)

    def bind(self, scope: Construct, id: str) -> BoundData:  # noqa: ARG002  the protocol's signature
        bucket = bucket_of(self.bucket)
        return at(bucket.url_of(self.key), bucket, objects_at(self.key))


@dataclass(frozen=True, kw_only=True)
class S3Uri(_Remote):
    """The same by its URI, which names the bucket."""

    uri: str

    def __post_init__(self) -> None:
        checks.s3_uri("uri", self.uri)
        _, key = split_uri(self.uri)
        checks.require(key != "", "uri must name an object, not a bucket", self.uri, "add the key of the data")

    def bind(self, scope: Construct, id: str) -> BoundData:  # noqa: ARG002  the protocol's signature
        bucket_name, key = split_uri(self.uri)
        return at(self.uri, named(scope, bucket_name), "*" if key is None else objects_at(key))


@dataclass(frozen=True, kw_only=True)
class LocalFile:
    """A JSONL file beside the application, checked at synthesis and uploaded with the deployment."""

    path: str

    @classmethod
    def of(cls, path: str | os.PathLike[str]) -> "LocalFile":
        given, file = os.fspath(path), Path(path)
        checks.require(
            file.exists(),
            f"path must be a file that exists, and nothing is at {file.absolute()}",
            given,
            "write the file first, or give a path from the working directory",
        )
        checks.require(file.is_file(), "path must be a JSONL file, and no folder", given, "name the file in it")
        return cls(path=os.fspath(path))

    def check(self, schema: Schema) -> Sequence[SynthWarning]:
        return reader.check(self.path, schema)

    def records(self) -> int:
        return sum(1 for _ in reader.lines(self.path))

    def bind(self, scope: Construct, id: str) -> BoundData:
        asset = assets.Asset(scope, id, path=self._named_jsonl(scope))
        return BoundData(
            uri=asset.s3_object_url,
            bucket=named(scope, asset.s3_bucket_name),
            key_prefix=asset.s3_object_key,
            request={"s3Uri": asset.s3_object_url},
            # A digest of our own: the asset's location moves with the bootstrap, its hash with the CDK's version.
            identity={"contentSha256": reader.content_hash(self.path)},
        )

    def _named_jsonl(self, scope: Construct) -> str:
        # The key in S3 ends as the file does, and Bedrock reads keys that end in .jsonl. The copy lies in the cloud
        # assembly, where the CLI finds it also if the CDK does not stage assets.
        if self.path.endswith(_EXTENSION):
            return self.path
        folder = Path(cast("cdk.Stage", cdk.Stage.of(scope)).asset_outdir)
        copy = folder / f"records.{reader.content_hash(self.path)}{_EXTENSION}"
        shutil.copyfile(self.path, copy)
        return str(copy)


@dataclass(frozen=True, kw_only=True)
class InvocationLogs(_Remote):
    """What Bedrock logged of earlier invocations: InvocationLogsConfig of the service model."""

    bucket: s3.IBucket
    prefix: str
    use_prompt_response: bool
    filters: Filters | None

    def __post_init__(self) -> None:
        checks.s3_key("prefix", self.prefix)

    def bind(self, scope: Construct, id: str) -> BoundData:  # noqa: ARG002  the protocol's signature
        bucket = bucket_of(self.bucket)
        uri = bucket.url_of(self.prefix)
        config: dict[str, Any] = {
            "usePromptResponse": self.use_prompt_response,
            "invocationLogSource": {"s3Uri": uri},
        }
        if self.filters is not None:
            config["requestMetadataFilters"] = self.filters.request()
        request = {"invocationLogsConfig": config}
        return BoundData(
            uri=uri,
            bucket=bucket,
            key_prefix=f"{self.prefix}*",
            request=request,
            identity=all_as_text(request),
        )


def at(uri: str, bucket: Bucket, key_prefix: str) -> BoundData:
    """Data that its URI says everything about."""
    member = {"s3Uri": uri}
    return BoundData(uri=uri, bucket=bucket, key_prefix=key_prefix, request=member, identity=member)


def objects_at(key: str) -> str:
    """The pattern of the keys that a key stands for: itself, or all below it if it ends with '/'."""
    return f"{key}*" if key.endswith("/") else key


def split_uri(uri: str) -> tuple[str, str | None]:
    """Bucket and key; None for a key that is known only at deployment."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not checks.is_token(bucket) or key:
        return bucket, key
    # The whole URI, or all of it behind "s3://", is one value: the bucket's name ends at its first slash.
    position = 0 if uri.startswith("s3://") else 2
    return cdk.Fn.select(position, cdk.Fn.split("/", bucket)), None
