"""Runs cdk-nag's rule packs over CDK apps: `python -m tests.support.rule_packs MODULE ...`, findings as JSON.

One process for all of them: what a pack takes is the time to load it.
"""

import json
import os
import runpy
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk

ROOT = Path(__file__).parents[2]
# The id of the rule, and the path of the resource.
Finding = tuple[str, str]


def packs(app: cdk.App) -> list[Any]:
    """The packs, for this app."""
    import cdk_nag

    kinds = (
        cdk_nag.AwsSolutionsChecks,
        cdk_nag.NIST80053R5Checks,
        cdk_nag.HIPAASecurityChecks,
        cdk_nag.PCIDSS321Checks,
    )
    return [kind(app) for kind in kinds]


def findings(app: cdk.App) -> set[Finding]:
    """What the packs report of an app, once it is synthesized: warnings and errors, without what is acknowledged."""
    app.synth()
    return {
        (violation.rule_name, resource.construct_path or "")
        for pack in packs(app)
        for violation in pack.validate_scope(app).violations
        for resource in violation.violating_resources
    }


def findings_in(folder: Path, *modules: str, context: Mapping[str, str]) -> dict[str, set[Finding]]:
    """The same for modules that leave an `app`, synthesized into the folder as the CDK CLI would."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.support.rule_packs", *modules],
        cwd=ROOT,
        env={**os.environ, "CDK_CONTEXT_JSON": json.dumps(context), "CDK_VALIDATION": "false", "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return {module: {(rule, path) for rule, path in found} for module, found in json.loads(ran.stdout).items()}


if __name__ == "__main__":
    found = {module: sorted(findings(runpy.run_module(module)["app"])) for module in sys.argv[1:]}
    sys.stdout.write(json.dumps(found))
