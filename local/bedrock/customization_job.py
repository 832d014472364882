"""A customization job from the queue to its model, with its metrics in S3 and its events on the event bus."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from local.bedrock import foundation_models, job_metrics, job_state_change
from local.bedrock.access import check_role, check_writable
from local.bedrock.custom_models import ACTIVE, CustomModel
from local.bedrock.errors import ServiceError
from local.bedrock.resource import Params, Resource, without_none
from local.bedrock.scripts import DATA_PROCESSING, STAGES, TRAINING, VALIDATION
from local.bedrock.store import Store

NOT_STARTED = "NotStarted"
IN_PROGRESS = "InProgress"
STOPPING = "Stopping"
COMPLETED = "Completed"
FAILED = "Failed"
STOPPED = "Stopped"

_DETAILS = {VALIDATION: "validationDetails", DATA_PROCESSING: "dataProcessingDetails", TRAINING: "trainingDetails"}
_OF_THE_REQUEST = (
    "clientRequestToken",
    "roleArn",
    "hyperParameters",
    "trainingDataConfig",
    "outputDataConfig",
    "vpcConfig",
    "customizationConfig",
)
_OF_THE_MODEL = ("hyperParameters", "trainingDataConfig", "outputDataConfig", "customizationConfig")


@dataclass
class Stage:
    status: str = NOT_STARTED
    started: datetime | None = None
    modified: datetime | None = None

    def enter(self, status: str, at: datetime) -> None:
        self.status, self.modified, self.started = status, at, self.started or at

    def describe(self) -> Params:
        times = {"creationTime": self.started, "lastModifiedTime": self.modified}
        return {"status": self.status, **without_none(times)}


@dataclass(kw_only=True)
class CustomizationJob(Resource):
    noun: ClassVar[str] = "model customization job"

    id: str
    base_model_arn: str
    customization_type: str
    kms_key_arn: str | None
    params: Params
    model_tags: dict[str, str]
    stages: dict[str, Stage] = field(default_factory=lambda: {name: Stage() for name in STAGES})
    ended: datetime | None = None
    output_model_arn: str | None = None

    @property
    def output_model_name(self) -> str:
        return str(self.params["customModelName"])

    def model_names(self) -> tuple[str, ...]:
        return () if self.ended else (self.output_model_name,)

    def start(self, store: Store) -> None:
        self.script = store.config.scripts.take(self.name)
        self.wait(self.created, self.script.timings(store.config.timings).job_queue)
        self._announce(store, self.created)

    def stop(self, store: Store, at: datetime) -> None:
        self._enter_all(STOPPING, at)
        self.wait(at, self.script.timings(store.config.timings).job_stop)
        self._announce(store, at)

    def step(self, store: Store, at: datetime) -> None:
        if self.status == STOPPING:
            self._end(store, STOPPED, at)
        elif problem := self._problem(store):
            self._end(store, FAILED, at, problem)
        else:
            self._next_stage(store, at)

    def _problem(self, store: Store) -> str | None:
        stage = self._running_stage()
        if self.script.fail and stage is self.stages[self.script.stage]:
            return self.script.fail
        # A job uses its role to the end: one that goes away while the job runs makes the whole run fail.
        config, role = store.config, self.params["roleArn"]
        try:
            check_role(config.access, role, source_account=store.account, source_arn=self.arn)
            check_writable(config.access, config.objects, role, self.params["outputDataConfig"]["s3Uri"])
        except ServiceError as error:
            return error.message
        return None

    def _next_stage(self, store: Store, at: datetime) -> None:
        if running := self._running_stage():
            running.enter(COMPLETED, at)
        waiting = next((name for name, stage in self.stages.items() if stage.status == NOT_STARTED), None)
        if waiting is None:
            self._complete(store, at)
        else:
            self.stages[waiting].enter(IN_PROGRESS, at)
            self.wait(at, getattr(self.script.timings(store.config.timings), f"job_{waiting}"))

    def _running_stage(self) -> Stage | None:
        return next((stage for stage in self.stages.values() if stage.status in (IN_PROGRESS, STOPPING)), None)

    def _complete(self, store: Store, at: datetime) -> None:
        self.output_model_arn = store.of(CustomModel).add(self._model(store, at)).arn
        job_metrics.write(store.config.objects, self.id, self.params)
        self._end(store, COMPLETED, at)

    def _model(self, store: Store, at: datetime) -> CustomModel:
        own = {"jobName": self.name, "jobArn": self.arn, "baseModelArn": self.base_model_arn}
        taken = {name: self.params[name] for name in _OF_THE_MODEL if name in self.params}
        return CustomModel(
            arn=store.arn(f"custom-model/{foundation_models.id_of(self.base_model_arn)}/{self.id}"),
            name=self.output_model_name,
            status=ACTIVE,
            created=at,
            modified=at,
            sequence=store.next_sequence(),
            tags=self.model_tags,
            base_model_arn=self.base_model_arn,
            customization_type=self.customization_type,
            kms_key_arn=self.kms_key_arn,
            of_job={**own, **taken, "validationDataConfig": self._validation_data(), **self._metrics()},
        )

    def _end(self, store: Store, status: str, at: datetime, failure: str | None = None) -> None:
        self.ended = at
        self._enter_all(status, at, failure)
        self._announce(store, at)

    def _enter_all(self, status: str, at: datetime, failure: str | None = None) -> None:
        if running := self._running_stage():
            running.enter(status, at)
        self.enter(status, at, failure)

    def _announce(self, store: Store, at: datetime) -> None:
        store.config.events(job_state_change.event(self.describe(), self.arn, at))

    def describe(self) -> Params:
        asked = {name: self.params[name] for name in _OF_THE_REQUEST if name in self.params}
        return without_none(
            {
                **asked,
                **self._state(),
                "outputModelName": self.output_model_name,
                "outputModelArn": self.output_model_arn,
                "failureMessage": self.failure,
                "validationDataConfig": self._validation_data(),
                "outputModelKmsKeyArn": self.kms_key_arn,
                **(self._metrics() if self.status == COMPLETED else {}),
            }
        )

    def summary(self) -> Params:
        model = {"customModelArn": self.output_model_arn, "customModelName": self.output_model_name}
        return without_none({**self._state(), **model})

    def _state(self) -> Params:
        return {
            "jobArn": self.arn,
            "jobName": self.name,
            "status": self.status,
            "statusDetails": {_DETAILS[name]: stage.describe() for name, stage in self.stages.items()},
            "creationTime": self.created,
            "lastModifiedTime": self.modified,
            "endTime": self.ended,
            "baseModelArn": self.base_model_arn,
            "customizationType": self.customization_type,
        }

    def _validation_data(self) -> Params:
        return dict(self.params.get("validationDataConfig") or {"validators": []})

    def _metrics(self) -> Params:
        losses = [{"validationLoss": job_metrics.VALIDATION_LOSS} for _ in self._validation_data()["validators"]]
        training = {"trainingMetrics": {"trainingLoss": job_metrics.TRAINING_LOSS}}
        return {**training, **({"validationMetrics": losses} if losses else {})}
