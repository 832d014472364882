"""What differs between what is deployed and what will be, in the words of the constructs' arguments."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from provider.cloudformation import contract

INPUT: Final = "input"
SETTING: Final = "setting"
TAG: Final = "tag"

_LABELS: Final = (
    (r"trainingDataConfig\.contentSha256", "training data"),
    (r"trainingDataConfig\.(.*)", r"training data \1"),
    (r"validationDataConfig\.validators\.(\d+)\.contentSha256", r"validation data \1"),
    (r"validationDataConfig\.(.*)", r"validation data \1"),
    (r"hyperParameters\.(.*)", r"\1"),
    (r"customizationConfig\.\w+\.(.*)", r"\1"),
    (r"baseModelIdentifier", "base_model"),
    (r"customModelName|modelName", "custom_model_name"),
    (r"customModelKmsKeyId|modelKmsKeyArn", "encryption_key"),
    (r"modelDeploymentName", "deployment_name"),
    (r"revision|Revision", "revision"),
    (r"Request\.roleArn", "role"),
    (r"Request\.outputDataConfig\..*", "output_data"),
    (r"Request\.vpcConfig\..*", "network"),
    (r"Request\.modelArn|Request\.modelId", "model"),
    (r"Request\.provisionedModelName", "provisioned_model_name"),
    (r"Request\.(.*)", r"\1"),
    (r"TimeoutSeconds", "timeout"),
    (r"RetrainProtection", "retrain_protection"),
    (r"MaxAttempts", "max_attempts"),
    (r"RollbackBehavior", "rollback_behavior"),
    (r"LockId", "lock_id"),
)
# Handed on to the run by content, or follows from something else that is shown.
_SILENT: Final = re.compile(r"(Kept\..*|Path|NamePrefix|ModelInputs|Request\.\w+DataConfig\.(validators\.\d+\.)?s3Uri)")
_OUTPUT: Final = "Request.outputDataConfig.s3Uri"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One difference. A value that was not there, or is no longer, is empty."""

    kind: str
    name: str
    path: str
    old: str
    new: str


def between(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Inputs first: they are what a new run is paid for."""
    return [
        *_differing(INPUT, old.get(contract.RUN_INPUTS, {}), new.get(contract.RUN_INPUTS, {})),
        *_differing(SETTING, old.get(contract.SETTINGS, {}), new.get(contract.SETTINGS, {})),
        *_policy(old, new),
        *_tags("tag", old.get(contract.TAGS, ()), new.get(contract.TAGS, ())),
        *_tags("model tag", old.get(contract.MODEL_TAGS, ()), new.get(contract.MODEL_TAGS, ())),
    ]


def _differing(kind: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    before, after = dict(_leaves(old)), dict(_leaves(new))
    seen: set[str] = set()
    for path in dict.fromkeys((*after, *before)):
        was, will_be = before.get(path, ""), after.get(path, "")
        if was == will_be or (kind == SETTING and path != _OUTPUT and _SILENT.fullmatch(path)):
            continue
        name = _label(path)
        if kind == INPUT or name not in seen:
            yield Change(kind=kind, name=name, path=path, old=was, new=will_be)
        seen.add(name)


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    parts = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else None
    if parts is None:
        yield path, str(value)
        return
    for name, part in parts:
        yield from _leaves(part, f"{path}.{name}" if path else str(name))


def _label(path: str) -> str:
    for pattern, label in _LABELS:
        found = re.fullmatch(pattern, path)
        if found:
            return found.expand(label)
    return path


def _policy(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    was, will_be = old.get(contract.REMOVAL_POLICY, ""), new.get(contract.REMOVAL_POLICY, "")
    if was != will_be:
        yield Change(kind=SETTING, name="removal_policy", path=contract.REMOVAL_POLICY, old=was, new=will_be)


def _tags(noun: str, old: Any, new: Any) -> Iterator[Change]:
    before, after = ({tag["Key"]: str(tag.get("Value", "")) for tag in tags} for tags in (old, new))
    for key in dict.fromkeys((*after, *before)):
        if before.get(key) != after.get(key):
            yield Change(
                kind=TAG, name=f"{noun} {key}", path=f"Tags.{key}", old=before.get(key, ""), new=after.get(key, "")
            )
