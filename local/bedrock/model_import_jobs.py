"""Import jobs: open weights in an S3 prefix become a model. A job cannot be stopped, and its name is never freed."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from local.bedrock import kms_key, listing, tags
from local.bedrock.access import check_readable, check_role
from local.bedrock.errors import invalid, quota_exceeded
from local.bedrock.imported_models import ACTIVE, ImportedModel
from local.bedrock.resource import Params, Resource, without_none
from local.bedrock.store import Request, Store

IN_PROGRESS = "InProgress"
COMPLETED = "Completed"
FAILED = "Failed"

_CONFIG = "config.json"
_OF_THE_REQUEST = ("importedModelName", "roleArn", "modelDataSource", "vpcConfig")


@dataclass(kw_only=True)
class ModelImportJob(Resource):
    noun: ClassVar[str] = "model import job"

    kms_key_arn: str | None
    params: Params
    model_tags: dict[str, str]
    ended: datetime | None = None
    model_arn: str | None = None

    @property
    def source_uri(self) -> str:
        return str(self.params["modelDataSource"]["s3DataSource"]["s3Uri"])

    def step(self, store: Store, at: datetime) -> None:
        failure = self.script.fail or self._problem(store)
        if failure is None:
            self.model_arn = store.of(ImportedModel).add(self._model(store, at)).arn
        self.ended = at
        self.enter(FAILED if failure else COMPLETED, at, failure)

    def _problem(self, store: Store) -> str | None:
        if not store.config.objects.exists(f"{self.source_uri.rstrip('/')}/{_CONFIG}"):
            return f"Invalid model files. {_CONFIG} could not be found in {self.source_uri}."
        return None

    def _model(self, store: Store, at: datetime) -> ImportedModel:
        return ImportedModel(
            arn=store.arn(f"imported-model/{store.next_id()}"),
            name=str(self.params["importedModelName"]),
            status=ACTIVE,
            created=at,
            modified=at,
            sequence=store.next_sequence(),
            tags=self.model_tags,
            job_name=self.name,
            job_arn=self.arn,
            source=self.params["modelDataSource"],
            kms_key_arn=self.kms_key_arn,
        )

    def describe(self) -> Params:
        asked = {name: self.params[name] for name in _OF_THE_REQUEST if name in self.params}
        told = {"importedModelKmsKeyArn": self.kms_key_arn, "failureMessage": self.failure}
        return without_none({**asked, **told, **self.summary()})

    def summary(self) -> Params:
        return without_none(
            {
                "jobArn": self.arn,
                "jobName": self.name,
                "status": self.status,
                "creationTime": self.created,
                "lastModifiedTime": self.modified,
                "endTime": self.ended,
                "importedModelArn": self.model_arn,
                "importedModelName": self.params["importedModelName"],
            }
        )


def create(request: Request) -> Params:
    params, store = request.params, request.store
    uri = params["modelDataSource"]["s3DataSource"]["s3Uri"]
    jobs, config = store.of(ModelImportJob), store.config
    if jobs.find(params["jobName"]):
        raise invalid("The provided job name is currently in use.")
    if _is_name_taken(store, params["importedModelName"]):
        raise invalid("The provided imported model name is currently in use.")
    # When the role is checked the job has no ARN yet, so no aws:SourceArn can be satisfied.
    check_role(config.access, params["roleArn"], source_account=store.account)
    check_readable(config.access, config.objects, params["roleArn"], [uri])
    _check_quotas(store)
    job = jobs.add(_new(request))
    job.script = config.scripts.take(job.name)
    job.wait(request.now, job.script.timings(config.timings).model_import_job)
    return {"jobArn": job.arn}


def _is_name_taken(store: Store, name: str) -> bool:
    running = (job for job in store.of(ModelImportJob) if job.status == IN_PROGRESS)
    return bool(store.of(ImportedModel).find(name)) or any(job.params["importedModelName"] == name for job in running)


def _check_quotas(store: Store) -> None:
    quotas = store.config.quotas
    running = sum(job.status == IN_PROGRESS for job in store.of(ModelImportJob))
    if running >= quotas.concurrent_model_import_jobs:
        raise quota_exceeded(
            f"The number of concurrent model import jobs exceeds the account's quota of "
            f"{quotas.concurrent_model_import_jobs}."
        )
    if len(store.of(ImportedModel)) + running >= quotas.imported_models:
        raise quota_exceeded(f"The number of imported models exceeds the account's quota of {quotas.imported_models}.")


def _new(request: Request) -> ModelImportJob:
    store, params = request.store, request.params
    return ModelImportJob(
        arn=store.arn(f"model-import-job/{store.next_id()}"),
        name=params["jobName"],
        status=IN_PROGRESS,
        created=request.now,
        modified=request.now,
        sequence=store.next_sequence(),
        tags=tags.parse(store, params.get("jobTags", ())),
        kms_key_arn=kms_key.arn(store, params.get("importedModelKmsKeyId")),
        params=params,
        model_tags=tags.parse(store, params.get("importedModelTags", ())),
    )


def get(request: Request) -> Params:
    return request.store.of(ModelImportJob).get(request.params["jobIdentifier"]).describe()


def list_(request: Request) -> Params:
    return listing.page(
        request,
        request.store.of(ModelImportJob),
        answer="modelImportJobSummaries",
        summary=ModelImportJob.summary,
    )


OPERATIONS = {"CreateModelImportJob": create, "GetModelImportJob": get, "ListModelImportJobs": list_}
