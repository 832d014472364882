"""Real synthesis, and what tests ask of its result."""

import graphlib
import json
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import assertions

from tests.support import authorization

# The context key that tests/conftest.py sets.
NO_STAGING: Final = "aws:cdk:disable-asset-staging"


def new_stack(name: str = "Models", **properties: Any) -> cdk.Stack:
    """A stack in an app of its own."""
    return cdk.Stack(cdk.App(), name, **properties)


# The assembly that was made last. It has the assets of all before it, copied or linked; their names are hashes.
_latest: deque[Path] = deque(maxlen=1)


def staged_app(*, outdir: str, **options: Any) -> cdk.App:
    """An app that copies its assets into its assembly, as outside of these tests: for what is published afterwards.

    What another has copied is linked: the Lambda's hundred files take a third of the time of a synthesis.
    """
    folder = Path(outdir)
    folder.mkdir(parents=True, exist_ok=True)
    for found in [asset for assembly in _latest for asset in assembly.glob("asset.*")]:
        if not (folder / found.name).exists():
            (folder / found.name).symlink_to(found.resolve())
    _latest.append(folder)
    return cdk.App(outdir=outdir, post_cli_context={NO_STAGING: False}, **options)


def published(assembly: Path) -> Iterator[tuple[Path, Mapping[str, str]]]:
    """The files and folders that `cdk-assets` would publish, and where to."""
    for manifest in assembly.glob("*.assets.json"):
        for asset in json.loads(manifest.read_text())["files"].values():
            for destination in asset["destinations"].values():
                yield assembly / asset["source"]["path"], destination


def template_of(stack: cdk.Stack) -> dict[str, Any]:
    """The template that a deployment would get. Its policies say nothing that IAM does not know."""
    app = cdk.Stage.of(stack)
    assert app is not None
    assembly = app.synth()
    template: dict[str, Any] = json.loads(json.dumps(assembly.get_stack_artifact(stack.artifact_id).template))
    flaws = authorization.flaws(template)
    assert not flaws, "\n".join(flaws)
    return template


def resources(template: dict[str, Any], type: str) -> dict[str, dict[str, Any]]:
    """The resources of a type by logical id."""
    return {name: resource for name, resource in template["Resources"].items() if resource["Type"] == type}


def only(template: dict[str, Any], type: str) -> dict[str, Any]:
    """The properties of the one resource of a type."""
    (resource,) = resources(template, type).values()
    return resource["Properties"]


def statements(template: dict[str, Any], role_part: str) -> list[dict[str, Any]]:
    """All statements of the policies attached to roles whose logical id holds the text."""
    return [
        statement
        for policy in resources(template, "AWS::IAM::Policy").values()
        if any(role_part in json.dumps(role) for role in policy["Properties"]["Roles"])
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]


def allowed(template: dict[str, Any], role_part: str, action: str) -> dict[str, Any]:
    """The one statement that allows an action."""
    (statement,) = [s for s in statements(template, role_part) if action in _as_list(s["Action"])]
    return statement


def is_bound_to_own_stack(statement: dict[str, Any], tag_of: str) -> bool:
    """Whether the tag of the "Resource", or of the "Request", has to name this stack."""
    (value,) = (
        value
        for key, value in statement["Condition"]["StringLike"].items()
        if key == f"aws:{tag_of}Tag/bedrock-models:stack"
    )
    return text(value).startswith("arn:<AWS::Partition>:cloudformation:") and text(value).endswith(
        ":stack/<AWS::StackName>/*"
    )


def creation_order(template: dict[str, Any]) -> list[str]:
    """An order that CloudFormation could create the resources in. Raises `CycleError` if there is none."""
    found = template["Resources"]
    needs = {
        name: {other for other in found if other != name and _names(resource, other)}
        for name, resource in found.items()
    }
    return list(graphlib.TopologicalSorter(needs).static_order())


def _names(resource: dict[str, Any], other: str) -> bool:
    return f'"{other}"' in json.dumps(resource)


def warnings(stack: cdk.Stack) -> list[str]:
    """The texts of all warnings under the stack."""
    found = assertions.Annotations.from_stack(stack).find_warning("*", assertions.Match.any_value())
    return [str(message.entry.data) for message in found]


def text(value: Any) -> str:
    """A resolved value in a form that reads like the ARN it becomes."""
    if isinstance(value, dict) and "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return separator.join(text(part) for part in parts)
    if isinstance(value, dict) and "Ref" in value:
        return f"<{value['Ref']}>"
    if isinstance(value, dict) and "Fn::GetAtt" in value:
        return f"<{'.'.join(value['Fn::GetAtt'])}>"
    if isinstance(value, list):
        return " ".join(map(text, value))
    return str(value)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
