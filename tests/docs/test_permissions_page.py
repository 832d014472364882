"""The page about permissions leaves out nothing that the templates of the examples allow."""

import json
import re
from pathlib import Path

from tests.docs.pages import DOCS, ROOT

SNAPSHOTS = sorted((ROOT / "tests" / "unit" / "__snapshots__").rglob("*.json"))
# Actions of the services that the library's own roles use; examples have roles of their own beside them.
OURS = re.compile(r"(?:bedrock|cloudformation|ec2|iam|kms|lambda|logs|sagemaker|states):\w+")
# A pipeline's own roles.
NOT_OURS = {"Pipeline"}


def allowed(path: Path) -> set[str]:
    actions: set[str] = set()
    for resource in json.loads(path.read_text())["Resources"].values():
        if resource["Type"] == "AWS::IAM::Policy":
            for statement in resource["Properties"]["PolicyDocument"]["Statement"]:
                given = statement["Action"]
                actions |= set(given if isinstance(given, list) else [given])
    return {action for action in actions if OURS.fullmatch(action)}


def test_every_action_stands_on_the_page() -> None:
    page = set(OURS.findall((DOCS / "guides" / "permissions.md").read_text()))
    templates = [path for path in SNAPSHOTS if not any(f"[{name}]" in path.name for name in NOT_OURS)]
    assert {action for path in templates for action in allowed(path)} - page == set()
