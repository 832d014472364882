"""Apps synthesized as the CDK CLI does it: with the project's context, and the validation other tests leave out."""

import functools
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.support import authorization

ROOT = Path(__file__).parents[2]
_SUFFIX = ".template.json"

Templates = dict[str, dict[str, Any]]


def synthesize(folder: Path, *modules: str, **context: str) -> dict[str, Templates]:
    """Each app's templates by name, those of its stages too. An app's assembly has the name of its module.

    Their policies say nothing that IAM does not know.
    """
    return _synthesize(folder, modules, own_context() | context, _scrubbed())


def synthesize_unchecked(folder: Path, *modules: str, **context: str) -> dict[str, Templates]:
    """The same without validation, in half the time."""
    return synthesize_elsewhere(folder, *modules, context=own_context() | context)


def synthesize_elsewhere(folder: Path, *modules: str, context: Mapping[str, Any]) -> dict[str, Templates]:
    """Unchecked, and in a project whose cdk.json holds this context."""
    return _synthesize(folder, modules, context, _scrubbed() | {"CDK_VALIDATION": "false"})


def own_context() -> dict[str, Any]:
    """What this project's cdk.json holds."""
    context: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text())["context"]
    return context


def _synthesize(
    folder: Path, modules: Sequence[str], context: Mapping[str, Any], environment: Mapping[str, str]
) -> dict[str, Templates]:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.support.run_apps", str(folder), *modules],
        cwd=ROOT,
        env={**environment, "CDK_CONTEXT_JSON": json.dumps(context)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    templates = {module: _templates(folder / module) for module in modules}
    found = [flaw for app in templates.values() for template in app.values() for flaw in authorization.flaws(template)]
    assert not found, "\n".join(found)
    return templates


def _templates(folder: Path) -> Templates:
    found = sorted(folder.rglob(f"*{_SUFFIX}"))
    return {path.name.removesuffix(_SUFFIX): json.loads(path.read_text()) for path in found}


def findings(template: Mapping[str, Any], *, but: Sequence[str] = ()) -> list[str]:
    """What cfn-lint says. W3005 finds a DependsOn redundant beside a reference; the CDK writes both."""
    return list(_findings(json.dumps(template), ("W3005", *but)))


@functools.cache
def _findings(template: str, ignored: tuple[str, ...]) -> list[str]:
    """Apps share templates, as the one of the waits."""
    # Importing it takes half a second, and every worker of xdist imports this module.
    from cfnlint.config import ConfigMixIn
    from cfnlint.decode.decode import decode_str
    from cfnlint.runner import run_template_by_data

    decoded, errors = decode_str(template)
    config = ConfigMixIn(ignore_checks=[*ignored], regions=["us-east-1"])
    # Not through cfnlint.api.lint, which loads all rules anew: it takes those of a Runner for none.
    return [str(each) for each in errors or run_template_by_data(decoded, config, _rules())]


@functools.cache
def _rules() -> Any:
    """Loading them takes as long as checking a template."""
    from cfnlint.config import ConfigMixIn
    from cfnlint.runner import Runner

    return Runner(ConfigMixIn(regions=["us-east-1"])).rules


def without_asset_hashes(template: Mapping[str, Any]) -> dict[str, Any]:
    """Other code of a function shows in its own tests; other training data is another run, and shows here."""
    text = re.sub(r'(?<!"contentSha256": ")[0-9a-f]{64}', "<asset>", json.dumps(template))
    # Where an asset goes has a name of its own, which the CDK makes of the same hash.
    return json.loads(re.sub(r"(?<=current_account-current_region-)[0-9a-f]{8}", "<place>", text))


def _scrubbed() -> dict[str, str]:
    # CDK_VALIDATION among them.
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}
