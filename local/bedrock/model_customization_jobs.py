"""Calls of model customization jobs. What a job does between them is in `customization_job`."""

from local.bedrock import foundation_models, kms_key, listing, tags
from local.bedrock.access import check_readable, check_role, check_writable
from local.bedrock.custom_models import CustomModel, active_model, is_name_taken
from local.bedrock.customization_job import IN_PROGRESS, STOPPING, CustomizationJob
from local.bedrock.errors import conflict, invalid, quota_exceeded
from local.bedrock.resource import Params
from local.bedrock.store import Request, Store

IMPORTED = "IMPORTED"
FINE_TUNING = "FINE_TUNING"
DISTILLATION = "DISTILLATION"
CONFIGURATIONS = {DISTILLATION: "distillationConfig", "REINFORCEMENT_FINE_TUNING": "rftConfig"}


def create(request: Request) -> Params:
    store = request.store
    _check_names(request)
    _check_customization(request)
    base_model_arn = _base_model_arn(store, request.params["baseModelIdentifier"])
    _check_base_model(request, base_model_arn)
    job = _new(request, base_model_arn)
    _check_data(request, job.arn)
    _check_quota(store)
    store.of(CustomizationJob).add(job).start(store)
    return {"jobArn": job.arn}


def _check_names(request: Request) -> None:
    if request.store.of(CustomizationJob).find(request.params["jobName"]):
        raise invalid("The provided job name is currently in use.")
    if is_name_taken(request.store, request.params["customModelName"]):
        raise invalid("The provided custom model name is currently in use.")


def _check_customization(request: Request) -> None:
    params = request.params
    kind = params.get("customizationType", FINE_TUNING)
    if kind == IMPORTED and not request.store.config.imported_jobs:
        raise invalid("The customization type IMPORTED is not supported for model customization jobs.")
    expected, given = CONFIGURATIONS.get(kind), next(iter(params.get("customizationConfig", {})), None)
    if expected != given:
        raise invalid(f"The customization type {kind} takes {expected or 'no configuration'}, got {given}.")
    training = params["trainingDataConfig"]
    if len(training) != 1:
        raise invalid("trainingDataConfig must have exactly one of s3Uri and invocationLogsConfig.")
    if "invocationLogsConfig" in training and kind != DISTILLATION:
        raise invalid("Invocation logs can be used as training data for distillation only.")


def _base_model_arn(store: Store, identifier: str) -> str:
    if arn := foundation_models.parse(store, identifier):
        return arn
    if store.of(CustomModel).find(identifier) or identifier.startswith("arn:"):
        return active_model(store, identifier).base_model_arn
    raise invalid("The provided model identifier is invalid.")


def _check_base_model(request: Request, arn: str) -> None:
    kind = request.params.get("customizationType", FINE_TUNING)
    foundation_models.check_customizable(arn, kind)
    foundation_models.check_new_use(request, arn)
    if kind == DISTILLATION:
        config = request.params["customizationConfig"]["distillationConfig"]["teacherModelConfig"]
        foundation_models.check_teacher(request, config["teacherModelIdentifier"], arn)


def _check_data(request: Request, job_arn: str) -> None:
    params, config = request.params, request.store.config
    role = params["roleArn"]
    check_role(config.access, role, source_account=request.store.account, source_arn=job_arn)
    check_readable(config.access, config.objects, role, _inputs(params))
    check_writable(config.access, config.objects, role, params["outputDataConfig"]["s3Uri"])


def _inputs(params: Params) -> list[str]:
    training = params["trainingDataConfig"]
    source = training if "s3Uri" in training else training["invocationLogsConfig"]["invocationLogSource"]
    validators = params.get("validationDataConfig", {}).get("validators", ())
    return [source["s3Uri"], *(validator["s3Uri"] for validator in validators)]


def _check_quota(store: Store) -> None:
    running = [job for job in store.of(CustomizationJob) if job.status in (IN_PROGRESS, STOPPING)]
    limit = store.config.quotas.concurrent_customization_jobs
    if len(running) >= limit:
        raise quota_exceeded(
            f"The number of concurrent model customization jobs exceeds the account's quota of {limit}."
        )


def _new(request: Request, base_model_arn: str) -> CustomizationJob:
    store, params = request.store, request.params
    job_id = store.next_id()
    return CustomizationJob(
        arn=store.arn(f"model-customization-job/{foundation_models.id_of(base_model_arn)}/{job_id}"),
        name=params["jobName"],
        status=IN_PROGRESS,
        created=request.now,
        modified=request.now,
        sequence=store.next_sequence(),
        tags=tags.parse(store, params.get("jobTags", ())),
        id=job_id,
        base_model_arn=base_model_arn,
        customization_type=params.get("customizationType", FINE_TUNING),
        kms_key_arn=kms_key.arn(store, params.get("customModelKmsKeyId")),
        params=params,
        model_tags=tags.parse(store, params.get("customModelTags", ())),
    )


def get(request: Request) -> Params:
    return request.store.of(CustomizationJob).get(request.params["jobIdentifier"]).describe()


def list_(request: Request) -> Params:
    return listing.page(
        request,
        request.store.of(CustomizationJob),
        answer="modelCustomizationJobSummaries",
        summary=CustomizationJob.summary,
    )


def stop(request: Request) -> Params:
    job = request.store.of(CustomizationJob).get(request.params["jobIdentifier"])
    if job.status not in (IN_PROGRESS, STOPPING):
        raise conflict(f"The model customization job {job.name} is {job.status} and can't be stopped.")
    if job.status == IN_PROGRESS:
        job.stop(request.store, request.now)
    return {}


OPERATIONS = {
    "CreateModelCustomizationJob": create,
    "GetModelCustomizationJob": get,
    "ListModelCustomizationJobs": list_,
    "StopModelCustomizationJob": stop,
}
