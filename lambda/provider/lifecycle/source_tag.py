"""The tag by which the SageMaker Python SDK knows what a model was made from, so that it makes none from it again.

Source: module `sagemaker.serve.model_reuse` of SageMaker Python SDK 3.27 (docs/assumptions.md: model-source-tag).
"""

import hashlib
import re
from typing import Final

from provider.cloudformation.contract import TAG_LIMIT

KEY: Final = "sagemaker.amazonaws.com/model-source"

_VALUE_MAX: Final = 256
_READABLE: Final = 224
_HASHED: Final = 31
# Bedrock refuses a request with any other character in a tag, and S3 takes more of them in a key.
_TAG_TEXT: Final = re.compile(r"[\w\s.:/=+@-]+")


def with_source(tags: dict[str, str], source: str) -> dict[str, str]:
    """The tags with this one, unless the source cannot be written in a tag, or there is no room for one more."""
    text = _value(source)
    if not _TAG_TEXT.fullmatch(text) or len(tags) >= TAG_LIMIT:
        return tags
    return {KEY: text, **tags}


def is_of(tags: dict[str, str], source: str) -> bool:
    """Whether these are the tags of a model that was made from this S3 URI or model package."""
    return tags.get(KEY) == _value(source)


def _value(source: str) -> str:
    if len(source) <= _VALUE_MAX:
        return source
    return f"{source[:_READABLE]}-{hashlib.sha256(source.encode()).hexdigest()[:_HASHED]}"
