"""The folder of open weights: what a model in Hugging Face format consists of, and within the documented limits."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from bedrock_models.bedrock import documented
from bedrock_models.cloudformation.unknown import is_known, logical_id
from bedrock_models.context import Context
from bedrock_models.doctor.finding import Finding, ok, problem, warning
from bedrock_models.doctor.model_resource import ModelResource
from bedrock_models.failures import is_denied, is_missing

_CHECK: Final = "weights"
_CONFIG: Final = "config.json"
_WEIGHTS: Final = ".safetensors"
# One of these says how text becomes tokens; which one depends on the model.
_TOKENIZERS: Final = ("tokenizer.json", "tokenizer.model", "vocab.json", "spiece.model")
_GIGABYTE: Final = 10**9


def check(context: Context, examined: ModelResource) -> Iterator[Finding]:
    """Files that are missing, then the model's own config and its size."""
    if not examined.weights:
        return
    if not is_known(examined.weights):
        yield _unmade(examined)
        return
    s3 = context.aws.client("s3")
    try:
        yield from _folder(s3, examined)
    except s3.exceptions.ClientError as error:
        if is_missing(error):
            yield problem(_CHECK, f"nothing is at {examined.weights}", "upload the model, or correct the URI")
        elif is_denied(error) or error.response["Error"]["Code"] == "403":
            yield warning(_CHECK, f"{examined.weights} may not be read by you, so its files were not checked")
        else:
            raise


def _unmade(examined: ModelResource) -> Finding:
    where = logical_id(examined.weights) or examined.weights
    if examined.template.resources.get(where, {}).get("Type") == "AWS::S3::Bucket":
        text = f"{where} is made by this stack, and nothing is in it yet when the import starts"
        return warning(_CHECK, text, "upload the model to a bucket that exists before this deployment")
    return warning(_CHECK, f"{examined.weights} is known only at deployment, so its files were not checked")


def _folder(s3: Any, examined: ModelResource) -> Iterator[Finding]:
    bucket, _, prefix = examined.weights.removeprefix("s3://").partition("/")
    sizes = _sizes(s3, bucket, prefix)
    if not sizes:
        yield problem(_CHECK, f"nothing is at {examined.weights}", "upload the model, or correct the URI")
        return
    missing = [
        what
        for what, is_there in (
            (_CONFIG, _CONFIG in sizes),
            (f"*{_WEIGHTS}", any(name.endswith(_WEIGHTS) for name in sizes)),
            (f"a tokenizer ({', '.join(_TOKENIZERS)})", any(name in sizes for name in _TOKENIZERS)),
        )
        if not is_there
    ]
    if missing:
        remedy = "save model and tokenizer with save_pretrained, and upload all of it"
        yield problem(_CHECK, f"{examined.weights} lacks {' and '.join(missing)}", remedy)
    if _CONFIG in sizes:
        body = s3.get_object(Bucket=bucket, Key=f"{prefix}{_CONFIG}")["Body"].read()
        size = sum(size for name, size in sizes.items() if name.endswith(_WEIGHTS))
        yield from _config(examined, body, size)


def _sizes(s3: Any, bucket: str, prefix: str) -> dict[str, int]:
    """By name in the folder; what lies deeper is no part of the model."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    found = {each["Key"].removeprefix(prefix): each["Size"] for page in pages for each in page.get("Contents", ())}
    return {name: size for name, size in found.items() if name and "/" not in name}


def _config(examined: ModelResource, body: bytes, size: int) -> Iterator[Finding]:
    try:
        read = json.loads(body)
    except ValueError:
        read = None
    architectures = read.get("architectures") if isinstance(read, Mapping) else None
    if not isinstance(architectures, list) or not architectures:
        text = f"{examined.weights}{_CONFIG} names no architectures"
        yield problem(_CHECK, text, "upload the config.json that save_pretrained of the model wrote")
        return
    facts = documented.open_weights()
    known = next((each for each in facts["architectures"] if each["name"] in architectures), None)
    names = ", ".join(map(str, architectures))
    if known is None:
        listed = ", ".join(each["name"] for each in facts["architectures"])
        text = f"{names} is not documented for Custom Model Import (read on {facts['read']})"
        yield warning(_CHECK, text, f"use a model of one of {listed}")
        return
    kind = "multimodal" if known.get("multimodal") else "text"
    most, told = facts["gigabytes"][kind], f"{names}, {size / _GIGABYTE:,.1f} GB"
    if size >= most * _GIGABYTE:
        yield warning(_CHECK, f"{told}: {kind} models are documented up to {most} GB", "save them in a shorter type")
    else:
        yield ok(_CHECK, told)
