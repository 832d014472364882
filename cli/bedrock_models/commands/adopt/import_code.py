"""Python code that imports what exists, as a person would write it into a stack."""

import re
from collections.abc import Mapping
from typing import Final

from bedrock_models import contract
from bedrock_models.bedrock.run import Run

_SOURCE_TAG: Final = "sagemaker.amazonaws.com/model-source"
_TAG_MAX: Final = 256


def of_model(name: str, arn: str, *, key: str, tags: Mapping[str, str] | None = None) -> str:
    """A custom model, with its key if it has one: who uses the model has to use the key.

    By the tags of one that the SageMaker Python SDK made, it is also said what it takes to own it.
    """
    source = "" if contract.OWNER_TAG in (tags or {}) else (tags or {}).get(_SOURCE_TAG, "")
    owned = _adoption(source, name, has_key=bool(key)) if source else ""
    return _imported("CustomModel", "custom_model", "custom_model_arn", name, arn, key=key) + owned


def of_imported_model(name: str, arn: str, *, key: str) -> str:
    """A model of open weights, which is invoked by its own ARN."""
    return _imported("ImportedModel", "imported_model", "imported_model_arn", name, arn, key=key)


def of_deployment(name: str, arn: str, *, key: str) -> str:
    """A custom model deployment; the key is that of its model."""
    return _imported(
        "CustomModelDeployment", "custom_model_deployment", "custom_model_deployment_arn", name, arn, key=key
    )


def of_throughput(name: str, arn: str, *, key: str) -> str:
    """A Provisioned Throughput; the key is that of its model."""
    return _imported("ProvisionedModelThroughput", "provisioned_model", "provisioned_model_arn", name, arn, key=key)


def of_run(run: Run, tags: Mapping[str, str], *, lock_id: str, key: str) -> str:
    """A run: its record and its model by their ARNs, which never trains; and what it takes to own it again."""
    record = f'job = ModelCustomizationJob.from_job_arn(\n    stack,\n    "{_id(run.name)}Job",\n    "{run.arn}",\n)\n'
    model = of_model(run.model_name, run.model_arn, key=key) if run.model_arn else ""
    imports = "" if model else "from constructs_lib import ModelCustomizationJob\n\n"
    together = model.replace("import CustomModel\n", "import CustomModel, ModelCustomizationJob\n")
    return f"{imports}{together}{record}\n{_ownership(run, tags, lock_id)}"


def _ownership(run: Run, tags: Mapping[str, str], lock_id: str) -> str:
    scope = tags.get(contract.SCOPE_TAG, "")
    if not scope:
        return "# Nothing of the constructs made this run: import it by its ARNs, as above.\n"
    lines = ["To own it again, so that a stack updates its tags and deletes it, deploy a ModelCustomizationJob"]
    if lock_id and contract.scope_of_lock(lock_id) == scope:
        lines += [f'with lock_id="{lock_id}" and the same inputs: it adopts this run, and trains nothing.']
    else:
        lines += _by_path(run, contract.stack_name(tags.get(contract.STACK_TAG, "")), scope)
        if lock_id:
            lines += [f"(It was not made with lock_id={lock_id!r}.)"]
    lines += ["Another input (base model, data, hyperparameters, revision) would be a new run, and be paid for."]
    return "".join(f"# {line}\n" for line in lines)


def _by_path(run: Run, stack: str, scope: str) -> list[str]:
    prefix = run.name.partition(f"-{scope}-")[0]
    if contract.scope_of_path(stack, prefix) == scope:
        return [
            f'with the id "{prefix}" in a stack named "{stack}", without lock_id, and the same inputs: it adopts',
            "this run, and trains nothing.",
        ]
    return [
        f'with the lock_id that it was made with, or at the same path in a stack of the same name (last: "{stack}"),',
        f'the end of the path being "{prefix}", and the same inputs: it adopts this run, and trains nothing.',
    ]


def _adoption(source: str, name: str, *, has_key: bool) -> str:
    maker = "from_model_package_arn" if source.startswith("arn:") else "from_s3_uri"
    # A longer one is shortened in the tag, and ends in a hash.
    given = f'"{source}"' if len(source) < _TAG_MAX else '"..."'
    key = ", encryption_key=key" if has_key else ""
    lines = (
        "To own it, so that a stack updates its tags and deletes it, deploy in its place:",
        f'CustomModel(stack, "{_id(name)}", source=ModelSource.{maker}({given}){key}, adopt=True)',
    )
    return "\n" + "".join(f"# {line}\n" for line in lines)


def _imported(construct: str, method: str, argument: str, name: str, arn: str, *, key: str) -> str:
    targets = {"CustomModelDeployment": "deployment", "ProvisionedModelThroughput": "throughput"}
    target = targets.get(construct, "model")
    if not key:
        return (
            f"from constructs_lib import {construct}\n\n"
            f'{target} = {construct}.from_{method}_arn(\n    stack,\n    "{_id(name)}",\n    "{arn}",\n)\n'
        )
    return (
        f"from aws_cdk import aws_kms as kms\n"
        f"from constructs_lib import {construct}\n\n"
        f'key = kms.Key.from_key_arn(stack, "{_id(name)}Key", "{key}")\n'
        f"{target} = {construct}.from_{method}_attributes(\n"
        f'    stack,\n    "{_id(name)}",\n    {argument}="{arn}",\n    encryption_key=key,\n)\n'
    )


def _id(name: str) -> str:
    """A construct id out of a name: generated ones end in two hashes that say nothing in code."""
    readable = re.sub(r"-[0-9a-f]{10}-[0-9a-f]{20}(-\d+)?$", "", name)
    words = re.split(r"[^0-9A-Za-z]+", readable)
    return "".join(word[:1].upper() + word[1:] for word in words) or "Imported"
