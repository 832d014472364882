"""A cloud assembly (`cdk.out`): the stacks that a deployment would deploy, stages and nested stacks included."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final

from bedrock_models import contract
from bedrock_models.failures import Failure

OWNING_TYPES: Final = (
    contract.CUSTOM_MODEL_TYPE,
    contract.MODEL_CUSTOMIZATION_JOB_TYPE,
    contract.IMPORTED_MODEL_TYPE,
    contract.CUSTOM_MODEL_DEPLOYMENT_TYPE,
    contract.PROVISIONED_MODEL_THROUGHPUT_TYPE,
    contract.INVOCATION_LOGGING_TYPE,
)
# A look-up owns nothing: it is handled for what it finds, and no clean-up deletes it.
HANDLED_TYPES: Final = (*OWNING_TYPES, contract.MODEL_LOOKUP_TYPE)
_STACK: Final = "aws:cloudformation:stack"
_STAGE: Final = "cdk:cloud-assembly"
_ENVIRONMENT: Final = re.compile(r"aws://([^/]+)/(.+)")
_UNKNOWN: Final = ("unknown-account", "unknown-region")
_ASSET: Final = re.compile(r"([0-9a-f]{64})\.json")


@dataclass(frozen=True, kw_only=True)
class SynthesizedStack:
    """One stack as it was synthesized. Account and Region are empty if the deployment decides."""

    name: str
    display_name: str
    account: str
    region: str
    template: Mapping[str, Any]
    directory: Path
    parameters: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_models(self) -> bool:
        """Whether anything of this library is in it, nested stacks included."""
        return has_models(self.template, self.directory)


def read(directory: Path) -> list[SynthesizedStack]:
    """All stacks, those of stages included, in the assembly's order. Raises `Failure` for what is no assembly."""
    return list(_stacks(directory, _manifest(directory)))


def chosen(stacks: Sequence[SynthesizedStack], patterns: Sequence[str]) -> list[SynthesizedStack]:
    """Those that the patterns name, by stack name or by display name as the CDK CLI shows it; all for none."""
    if not patterns:
        return [*stacks]
    found: dict[int, SynthesizedStack] = {}
    for pattern in patterns:
        matching = [each for each in stacks if fnmatch(each.name, pattern) or fnmatch(each.display_name, pattern)]
        if not matching:
            names = ", ".join(each.display_name for each in stacks) or "none"
            raise Failure(f"--stack must name a stack of the assembly, got {pattern!r}; it has: {names}")
        found |= {id(each): each for each in matching}
    return list(found.values())


def has_models(template: Mapping[str, Any], directory: Path) -> bool:
    """Whether anything of this library is in a template or in one nested in it."""
    return any(
        resource["Type"] in HANDLED_TYPES
        or (resource["Type"] == contract.NESTED_STACK_TYPE and _nested_has_models(resource, directory))
        for resource in template.get("Resources", {}).values()
    )


def is_wait_stack(resource: Mapping[str, Any]) -> bool:
    """Whether a nested stack holds the waits for one resource, and nothing else."""
    parameters = resource.get("Properties", {}).get("Parameters", {})
    return parameters.get("For") in (*OWNING_TYPES, contract.MODEL_CHECK_TYPE) and "Name" in parameters


def nested_template(resource: Mapping[str, Any], directory: Path) -> Mapping[str, Any] | None:
    """The template of a nested stack, which lies beside its parent's."""
    path = resource.get("Metadata", {}).get("aws:asset:path") or _path_of_asset(resource, directory)
    file = directory / path if path else None
    return _json(file) if file is not None and file.is_file() else None


def _nested_has_models(resource: Mapping[str, Any], directory: Path) -> bool:
    inner = None if is_wait_stack(resource) else nested_template(resource, directory)
    return inner is not None and has_models(inner, directory)


def _path_of_asset(resource: Mapping[str, Any], directory: Path) -> str:
    """By the hash in the URL: metadata is there only if the CDK CLI has synthesized."""
    found = _ASSET.search(json.dumps(resource.get("Properties", {}).get("TemplateURL", "")))
    for manifest in directory.glob("*.assets.json") if found else ():
        asset = _json(manifest).get("files", {}).get(found[1]) if found else None
        if asset:
            return str(asset["source"]["path"])
    return ""


def _manifest(directory: Path) -> Mapping[str, Any]:
    path = directory / "manifest.json"
    if not path.is_file():
        raise Failure(
            f"--app must be a cloud assembly or a command that synthesizes one, got {str(directory)!r}, which has no "
            "manifest.json; run cdk synth, or give the command: --app 'python app.py'"
        )
    manifest = _json(path)
    if "artifacts" not in manifest:
        raise Failure(f"{str(path)!r} is no manifest of a cloud assembly; run cdk synth")
    return manifest


def _stacks(directory: Path, manifest: Mapping[str, Any]) -> Iterator[SynthesizedStack]:
    for artifact_id, artifact in manifest.get("artifacts", {}).items():
        properties = artifact.get("properties", {})
        if artifact.get("type") == _STAGE:
            inner = directory / properties["directoryName"]
            yield from _stacks(inner, _manifest(inner))
        elif artifact.get("type") == _STACK:
            yield _stack(directory, artifact_id, artifact, properties)


def _stack(
    directory: Path, artifact_id: str, artifact: Mapping[str, Any], properties: Mapping[str, Any]
) -> SynthesizedStack:
    environment = _ENVIRONMENT.fullmatch(artifact.get("environment", ""))
    account, region = environment.groups() if environment else _UNKNOWN
    return SynthesizedStack(
        name=properties.get("stackName", artifact_id),
        display_name=artifact.get("displayName", artifact_id),
        account="" if account in _UNKNOWN else account,
        region="" if region in _UNKNOWN else region,
        template=_json(directory / properties["templateFile"]),
        directory=directory,
        parameters=properties.get("parameters", {}),
        tags=properties.get("tags", {}),
    )


def _json(path: Path) -> Mapping[str, Any]:
    try:
        read = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise Failure(f"{str(path)!r} cannot be read as a part of a cloud assembly ({error}); run cdk synth") from None
    if not isinstance(read, dict):
        raise Failure(f"{str(path)!r} must hold a JSON object; run cdk synth")
    return read
