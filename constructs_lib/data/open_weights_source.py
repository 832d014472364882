"""Where the open weights of a model lie that is imported: S3DataSource of CreateModelImportJob."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib.core import checks
from constructs_lib.core.buckets import bucket_of, named
from constructs_lib.core.warnings import SynthWarning
from constructs_lib.data.data_source import BoundData, at, split_uri
from constructs_lib.data.model_config import ModelConfig
from constructs_lib.data.model_source import ESCROW_PREFIX

_FILES: Final = (".safetensors", ".json", ".gguf", ".bin", ".pt", ".pth", ".model", ".zip", ".gz", ".tar")


@dataclass(frozen=True, kw_only=True)
class OpenWeightsSource:
    """A folder in Amazon S3 that holds a model in Hugging Face format: `config.json`, the weights as `*.safetensors`,
    and the files of its tokenizer.

    The URI is one of the inputs, what lies there is not: other weights under the same prefix are not seen. Give each
    version a prefix of its own, or give `ImportedModel` another `revision`.
    """

    _prefix: str
    _bucket: s3.IBucket | None = None
    _config: ModelConfig | None = None

    @classmethod
    def from_bucket(
        cls, bucket: s3.IBucket, prefix: str | None = None, *, config: str | os.PathLike[str] | None = None
    ) -> "OpenWeightsSource":
        """A folder of a bucket in the stack's Region. The role may decrypt with the bucket's key.

        :param prefix: with or without a final '/'. Default: the whole bucket.
        :param config: the path of the model's `config.json` on this machine. Its architecture, the length of its
            context, and if the weights or their index lie beside it their size are checked at synth. Default: `doctor`
            and the import find out.

        A bucket of another account has to be one that says so (`s3.Bucket.from_bucket_attributes(account=...)`): the
        role reads only buckets of that account. Raises `ValueError` for a file in place of the folder, for a prefix
        that the API's S3Uri can't express, and for a `config` that is none.
        """
        if prefix is not None:
            checks.s3_key("prefix", prefix)
            _check_is_folder("prefix", prefix)
        return cls(_prefix=prefix or "", _bucket=bucket, _config=_read(config))

    @classmethod
    def from_s3_uri(cls, uri: str, *, config: str | os.PathLike[str] | None = None) -> "OpenWeightsSource":
        """The same by its URI, `s3://bucket/prefix` of at most 1024 characters, in a bucket of the stack's account.

        :param config: as for `from_bucket`.

        Raises `ValueError` also for the escrow bucket of a Nova model, which `CustomModel` imports.
        """
        checks.s3_uri("uri", uri)
        _check_is_folder("uri", uri)
        checks.require(
            ESCROW_PREFIX not in uri,
            "uri must be a bucket of your own, and this is the escrow bucket of a Nova model that SageMaker AI trained",
            uri,
            "import it with CustomModel(source=ModelSource.from_s3_uri(...))",
        )
        return cls(_prefix=uri, _config=_read(config))

    def check(self) -> Sequence[SynthWarning]:
        """What is unwise, as far as `config` says."""
        return tuple(self._config.advice()) if self._config else ()

    def bind(self, scope: Construct) -> BoundData:
        """Takes its place under a construct. With or without a final '/' it is the same source."""
        if self._bucket is not None:
            bucket = bucket_of(self._bucket)
            prefix = _as_folder(self._prefix)
            return at(bucket.url_of(prefix), bucket, f"{prefix}*")
        uri = _as_folder(self._prefix)
        bucket_name, key = split_uri(uri)
        return at(uri, named(scope, bucket_name), "*" if key is None else f"{key}*")


def _check_is_folder(argument: str, value: str) -> None:
    is_file = not checks.is_token(value) and value.lower().endswith(_FILES)
    checks.require(
        not is_file,
        f"{argument} must be the folder of the model's files",
        value,
        "give the prefix in front of its name, with config.json, the *.safetensors and the tokenizer below it",
    )


def _as_folder(prefix: str) -> str:
    # What only the deployment knows is taken as it is.
    return prefix if not prefix or checks.is_token(prefix) or prefix.endswith("/") else f"{prefix}/"


def _read(config: str | os.PathLike[str] | None) -> ModelConfig | None:
    return None if config is None else ModelConfig.read(config)
