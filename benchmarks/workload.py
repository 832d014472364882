"""Workloads: the same models with this library, with the peer, and as bare resources (the floor)."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_bedrock as bedrock

OURS, PEER, FLOOR = "ours", "peer", "floor"
JOBS, IMPORTS = "jobs", "imports"
BUCKET: Final = "data-of-the-benchmarks"
NOVA: Final = "amazon.nova-lite-v1:0:300k"
ESCROW: Final = "s3://customer-escrow-111122223333-smtj-0123456789ab/nova-lite/checkpoint/"


@dataclass(frozen=True, kw_only=True)
class Models:
    """What one stack holds. A change of `epochs` or `escrow` is a replacement, one of `tags` is none."""

    jobs: int = 0
    imports: int = 0
    serve: bool = False
    first: int = 0
    hours: float = 24
    epochs: int = 2
    escrow: str = ESCROW
    bucket: str = BUCKET
    tags: dict[str, str] = field(default_factory=lambda: {"team": "research"})


def split(kind: str, count: int, per_stack: int) -> Iterator[Models]:
    """So many models of a kind in as few stacks as hold them."""
    for first in range(0, count, per_stack):
        here = min(per_stack, count - first)
        yield Models(jobs=here, first=first) if kind == JOBS else Models(imports=here, first=first)


def build(system: str, stack: cdk.Stack, models: Models) -> None:
    """Puts the models into the stack; the floor comes from `bare_stack`."""
    _BUILDERS[system](stack, models)


def _ours(stack: cdk.Stack, models: Models) -> None:
    # Each system imports its own, so that a measured app pays for nothing else.
    import constructs_lib as lib  # noqa: PLC0415

    base = bedrock.FoundationModel.from_foundation_model_id(stack, "Base", bedrock.FoundationModelIdentifier(NOVA))
    for number in range(models.first, models.first + models.jobs):
        job = lib.ModelCustomizationJob(
            stack,
            f"Job{number}",
            base_model=base,
            customization=lib.Customization.fine_tuning(hyper_parameters={"epochCount": models.epochs}),
            training_data=lib.TrainingData.from_s3_uri(f"s3://{models.bucket}/train.jsonl"),
            output_data=lib.OutputData.to_s3_uri(f"s3://{models.bucket}/output/{number}"),
            timeout=cdk.Duration.minutes(round(models.hours * 60)),
            removal_policy=cdk.RemovalPolicy.DESTROY,
            tags=models.tags,
        )
        if models.serve:
            lib.CustomModelDeployment(stack, f"Live{number}", custom_model=job.custom_model, tags=models.tags)
    for number in range(models.first, models.first + models.imports):
        lib.CustomModel(
            stack,
            f"Import{number}",
            source=lib.ModelSource.from_s3_uri(models.escrow),
            removal_policy=cdk.RemovalPolicy.DESTROY,
            tags=models.tags,
        )


def _peer(stack: cdk.Stack, models: Models) -> None:
    from benchmarks.peer.resources import Deployment, ImportedModel, TrainingJob  # noqa: PLC0415

    base = stack.format_arn(service="bedrock", account="", resource="foundation-model", resource_name=NOVA)
    for number in range(models.first, models.first + models.jobs):
        job = TrainingJob(
            stack,
            f"Job{number}",
            base_model_arn=base,
            training_uri=f"s3://{models.bucket}/train.jsonl",
            output_uri=f"s3://{models.bucket}/output/{number}",
            hyper_parameters={"epochCount": str(models.epochs)},
            tags=models.tags,
        )
        if models.serve:
            Deployment(stack, f"Live{number}", model_arn=job.model_arn, tags=models.tags)
    for number in range(models.first, models.first + models.imports):
        ImportedModel(stack, f"Import{number}", uri=models.escrow, tags=models.tags)


def bare_stack(stack: cdk.Stack, template: Path) -> None:
    """Every resource of a synthesized template again, as the plainest construct that the CDK has."""
    for logical_id, resource in json.loads(template.read_text())["Resources"].items():
        made = cdk.CfnResource(stack, logical_id, type=resource["Type"], properties=resource.get("Properties", {}))
        made.override_logical_id(logical_id)


_BUILDERS: Final[dict[str, Callable[[cdk.Stack, Models], Any]]] = {OURS: _ours, PEER: _peer}
