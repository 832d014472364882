"""Model ids given as a base model or a model to serve: refuses what is no model, warns of what looks mistyped.

Sources: shape BaseModelIdentifier of the service model bedrock 2023-04-20, the CDK's own list of foundation models,
and `base_models.json`.
"""

import difflib
import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from aws_cdk import aws_bedrock as bedrock

from constructs_lib.core import checks
from constructs_lib.core.contract import PREFIX
from constructs_lib.core.warnings import SynthWarning
from constructs_lib.customization import base_models
from constructs_lib.customization.teacher_model import REGIONS_OF

# The part of the shape's pattern that an id has to match; a test finds it there.
FOUNDATION_MODEL_PATTERN: Final = r"[a-z0-9-]{1,63}[.]{1}[a-z0-9-]{1,63}([.]?[a-z0-9-]{1,63})([:][a-z0-9-]{1,63}){0,2}"
_FOUNDATION_MODEL: Final = "foundation-model"
_CUSTOM_MODEL: Final = "custom-model"
# Of `us.amazon.nova-lite-v1:0`: a geography in front of an id.
_PROFILE: Final = re.compile(rf"(?:{'|'.join(REGIONS_OF)})\.([a-z0-9-]+\.[a-z0-9.:-]+)")
_RESOURCE: Final = re.compile(r":([a-z]+(?:-[a-z]+)*)/(.*)")
_CONTEXT: Final = re.compile(r":(\d+)k")
_NAMES_CONTEXT: Final = re.compile(r".*:\d+k")
_ALIKE: Final = 0.8


def check(argument: str, arn: str) -> None:
    """Raises `ValueError` for the ARN of what is no model, and for an id that the API's pattern does not take."""
    kind, model_id = _resource(arn)
    checks.require(
        kind in ("", _FOUNDATION_MODEL, _CUSTOM_MODEL),
        f"{argument} must be a foundation model or a custom model",
        f"a {kind}",
        "give the model behind it, as job.custom_model",
    )
    if kind != _FOUNDATION_MODEL or checks.is_token(model_id):
        return
    profile = _PROFILE.fullmatch(model_id)
    checks.require(
        profile is None,
        f"{argument} must be a foundation model or a custom model, and no inference profile",
        model_id,
        f"use the model behind it, {_with_context(profile[1]) if profile else ''!r}",
    )
    if re.fullmatch(FOUNDATION_MODEL_PATTERN, model_id) is None:
        checks.require(
            False,
            f"{argument} must have an id of the form provider.model, as Amazon Bedrock writes it",
            model_id,
            f"use an id like {_nearest(model_id) or 'amazon.nova-lite-v1:0:300k'!r}",
        )


def warnings(argument: str, arn: str) -> Iterator[SynthWarning]:
    """Warns of a foundation model's id that is listed nowhere, and of one whose trainable form names its context."""
    kind, model_id = _resource(arn)
    if kind != _FOUNDATION_MODEL or checks.is_token(model_id):
        return
    if _with_context(model_id) != model_id:
        yield SynthWarning(
            f"{PREFIX}contextLength",
            f"{argument} {model_id} is the id that is invoked; a model that can be trained names its context length: "
            f"use {_with_context(model_id)}",
        )
    elif base_models.find(model_id) is None and model_id not in _known():
        near = _nearest(model_id)
        yield SynthWarning(
            f"{PREFIX}unknownModel",
            f"{argument} {model_id} is neither in the CDK's list of models nor in what was documented on "
            f"{base_models.documented()['read']}: " + (f"did you mean {near}?" if near else "look the id up"),
        )


def _resource(arn: str) -> tuple[str, str]:
    """The kind of resource in an ARN and its id; two empty texts if only the deployment knows."""
    found = _RESOURCE.search(arn) if arn.startswith("arn:") else None
    return (found[1], found[2]) if found else ("", "")


def _with_context(model_id: str) -> str:
    """The id of the same model with its context length, if one is known; the longest."""
    if _NAMES_CONTEXT.fullmatch(model_id):
        return model_id
    for ids in (_documented, _known):
        lengths = [int(known[1]) for each in ids() if (known := _CONTEXT.fullmatch(each.removeprefix(model_id)))]
        if lengths:
            return f"{model_id}:{max(lengths)}k"
    return model_id


def _nearest(model_id: str) -> str | None:
    near = difflib.get_close_matches(model_id, sorted(_known()), n=1, cutoff=_ALIKE)
    return _with_context(near[0]) if near else None


@cache
def _documented() -> frozenset[str]:
    """The ids that the documents list, with and without their context lengths."""
    return frozenset(
        ":".join(filter(None, (each["id"], variant)))
        for each in base_models.documented()["models"]
        for variant in ("", *each["variants"])
    )


@cache
def _known() -> frozenset[str]:
    """What the documents and the CDK list.

    The CDK is asked for its ids one by one, a third of a second for all: only for ids that the documents don't settle.
    """
    members = [name for name in dir(bedrock.FoundationModelIdentifier) if name.isupper()]
    return _documented() | {getattr(bedrock.FoundationModelIdentifier, name).model_id for name in members}
