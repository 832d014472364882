"""Custom::BedrockImportedModel: CreateModelImportJob, its run, and the model that it imports."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, Final

from provider.aws import pagination
from provider.aws.clients import Bedrock, Clients
from provider.aws.status import State, existing
from provider.cloudformation.request import Request
from provider.cloudformation.result import Refused
from provider.job.resource import JobResource
from provider.job.run import COMPLETED, FAILED, IN_PROGRESS, Run
from provider.lifecycle import deletion
from provider.lifecycle.ownership_tags import Ownership, take

_IN_USE_PATIENCE: Final = 10 * 60


@dataclass(frozen=True, kw_only=True)
class ImportedModel:
    """An imported model as Bedrock keeps it. It has no status: it is there, or it is not."""

    name: str
    arn: str
    status: str = ""
    created: datetime | None = None


class ImportedModels(JobResource[Run]):
    """What there is to say of an import job. It has no Stop and no Delete: it ends, and its model can go then."""

    kind = "imported-model"
    noun = "model import job"
    run = Run
    states: ClassVar = {IN_PROGRESS: State.RUNNING, COMPLETED: State.SUCCEEDED, FAILED: State.FAILED}
    summaries = "modelImportJobSummaries"
    creates = "CreateModelImportJob"
    model_name = "importedModelName"
    model_tags = "importedModelTags"
    model_noun = "an imported model"
    importer = "ImportedModel.from_imported_model_arn"
    name_argument = "imported_model_name"
    # Bedrock checks the role before the job has an ARN, so a trust policy that names one refuses it.
    role_remedy = (
        "Its trust policy must let bedrock.amazonaws.com assume it, with aws:SourceAccount of this account and without "
        "aws:SourceArn; its policy must allow s3:GetObject and s3:ListBucket on the source and its key; and the bucket "
        "must be in this Region."
    )
    started_event = "import started"
    stops = False

    def get(self, bedrock: Bedrock, name: str) -> dict[str, Any]:
        return bedrock.get_model_import_job(jobIdentifier=name)

    def lister(self, bedrock: Bedrock) -> Callable[..., dict[str, Any]]:
        return bedrock.list_model_import_jobs

    def start(self, bedrock: Bedrock, arguments: Mapping[str, Any]) -> str:
        return str(bedrock.create_model_import_job(**arguments)["jobArn"])

    def source(self, request: Request) -> str:
        return str(request.properties.run_inputs.get("modelDataSource", {}).get("s3DataSource", {}).get("s3Uri", ""))

    def read(self, seen: Mapping[str, Any]) -> Run:
        # A job may tell the ARN of its model before there is one.
        has_model = seen["status"] == COMPLETED
        return Run(
            name=seen["jobName"],
            arn=seen["jobArn"],
            status=seen["status"],
            message=seen.get("failureMessage", ""),
            model_arn=seen.get("importedModelArn", "") if has_model else "",
            model_name=seen.get("importedModelName", ""),
            role_arn=seen.get("roleArn", ""),
            security_groups=tuple(seen.get("vpcConfig", {}).get("securityGroupIds", [])),
            created=seen.get("creationTime"),
            ended=seen.get("endTime"),
        )

    def find_model(self, bedrock: Bedrock, identifier: str) -> ImportedModel | None:
        seen = existing(
            lambda: bedrock.get_imported_model(modelIdentifier=identifier),
            listed=lambda: pagination.contains(
                bedrock.list_imported_models,
                summaries="modelSummaries",
                name="modelName",
                arn="modelArn",
                identifier=identifier,
            ),
        )
        if seen is None:
            return None
        return ImportedModel(name=seen["modelName"], arn=seen["modelArn"], created=seen.get("creationTime"))

    def remove_model(self, request: Request, clients: Clients, model: Any, current: Ownership | None) -> None:
        if current:
            take(request, clients.bedrock, model.arn, current)
        deletion.remove(
            partial(clients.bedrock.delete_imported_model, modelIdentifier=model.arn),
            describe=partial(self.find_model, clients.bedrock, model.arn),
            subject=f"The imported model {model.name!r} ({model.arn})",
            remedy="Wait until nothing invokes it, then delete the stack again.",
            patience=_IN_USE_PATIENCE,
        )

    def started(self, name: str) -> str:
        return f"The import {name} was started: its model is billed for its storage when it is there."

    def adopted(self, run: Run) -> str:
        stands = "still in progress" if run.status == IN_PROGRESS else run.status
        return f"Adopted the import {run.name}, which is {stands}: nothing is imported again."

    def cost(self, run: Run) -> str:
        costs = "left a model that is billed per month of storage"
        if run.status != COMPLETED:
            costs = "is still running, and its model will be billed per month of storage"
        return f"The model import job {run.name!r} ({run.arn}) {costs}"

    def unfinished(self, run: Run) -> tuple[str, str]:
        running = f"The model import job {run.name!r} ({run.arn}) is still running, and an import cannot be stopped"
        remedy = "its model will be billed for its storage. Delete the stack again when the import has ended."
        return running, remedy

    def refuse_attempt(self, request: Request, runs: list[Run]) -> None:
        if len(runs) < request.properties.settings.max_attempts:
            return
        last = runs[-1]
        raise Refused(
            f"These inputs were imported {len(runs)} times without a usable model. The last job, {last.name!r}, is "
            f"{last.status}: {last.message or 'its model is gone'} Mend the source, then set another revision to "
            "import it again."
        )
