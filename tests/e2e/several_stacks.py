"""An app of several stacks, as `Stage.template` makes one of a single stack."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from constructs_lib.core.contract import SEGMENT_CONTEXT
from tests.e2e.stage import SEGMENT, Stage
from tests.support.cloudformation import publish_assets
from tests.support.synth import staged_app

NewStack = Callable[[str], cdk.Stack]
Templates = dict[str, Mapping[str, Any]]


def templates(stage: Stage, folder: Path, build: Callable[[NewStack], object]) -> Templates:
    """What it synthesizes to, by the names that `build` makes the stacks with; its assets are published."""
    app = staged_app(outdir=str(folder), context={SEGMENT_CONTEXT: SEGMENT})
    env = cdk.Environment(account=stage.aws.settings.account, region=stage.aws.settings.region)
    stacks: dict[str, cdk.Stack] = {}

    def new_stack(name: str) -> cdk.Stack:
        synthesizer = cdk.DefaultStackSynthesizer(qualifier="e2e", generate_bootstrap_version_rule=False)
        stacks[name] = cdk.Stack(app, f"{stage.id}{name}", env=env, synthesizer=synthesizer)
        return stacks[name]

    build(new_stack)
    assembly = app.synth()
    publish_assets(stage.aws, Path(assembly.directory))
    return {name: assembly.get_stack_artifact(stack.artifact_id).template for name, stack in stacks.items()}
