"""Custom model units, by which Amazon Bedrock bills an imported model: for its storage, and while copies of it run."""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

# A copy runs for a window of so many minutes after each call, and windows are billed whole.
WINDOW_MINUTES: Final = 5
_SUFFIX: Final = re.compile(r"For(CausalLM|ConditionalGeneration)$")
# Families that the Price List calls by another name than their architecture.
_FAMILIES: Final = {"t5": "flan", "gptoss": "oss"}


@dataclass(frozen=True, kw_only=True)
class Units:
    """How many a copy takes, and what decides about the price of one. What is not known is None or empty."""

    per_copy: int | None = None
    version: str = ""
    architecture: str = ""


def of_model(bedrock: Any, identifier: str) -> Units:
    """What Amazon Bedrock found when it imported the model; nothing of one that is not there, or may not be read."""
    try:
        seen = bedrock.get_imported_model(modelIdentifier=identifier)
    except (ClientError, BotoCoreError):
        return Units()
    told = seen.get("customModelUnits", {})
    return Units(
        per_copy=told.get("customModelUnitsPerModelCopy"),
        version=told.get("customModelUnitsVersion", ""),
        architecture=seen.get("modelArchitecture", ""),
    )


def of_weights(s3: Any, uri: str) -> Units:
    """What is known before the import: the architecture that `config.json` names."""
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    key = "/".join(part for part in (prefix.rstrip("/"), "config.json") if part)
    try:
        read = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        [architecture, *_] = read["architectures"]
    except (ClientError, BotoCoreError, ValueError, KeyError, TypeError):
        return Units()
    return Units(architecture=str(architecture))


def family(architecture: str) -> str:
    """An architecture's family in letters and digits: `Qwen2_5_VLFor...` and the `Qwen2-5-VL` of the list are one."""
    # docs/assumptions.md: import-price-names
    plain = re.sub(r"[^a-z0-9]", "", _SUFFIX.sub("", architecture).lower())
    return _FAMILIES.get(plain, plain)
