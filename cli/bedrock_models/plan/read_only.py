"""AWS for a dry run: reads go through and are remembered, writes are recorded and answered as if they had been made.

What was written shows in the reads that follow: what was deleted is gone, what was stopped has stopped, what was tagged
carries the tags. So a handler goes on to its end, and the next one meets what the first would have left.
"""

import io
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import ClientError

from bedrock_models import failures
from bedrock_models.cloudformation import unknown

_READS: Final = ("get_", "list_", "describe_")
_MISSING: Final = "ResourceNotFoundException"
# What names a thing in the calls that change it or ask for it.
_IDENTIFIERS: Final = (
    "modelIdentifier",
    "jobIdentifier",
    "customModelDeploymentIdentifier",
    "provisionedModelId",
    "resourceARN",
)
_STATUSES: Final = ("status", "modelStatus")
_GONE: Final = "Gone"
_GET_JOB: Final = "get_model_customization_job"
_GET_MODEL: Final = "get_custom_model"
# Of which there is one, so that no identifier names it.
_LOGGING: Final = "model_invocation_logging_configuration"
_LIST_TAGS: Final = "list_tags_for_resource"
_LIST_JOBS: Final = "list_model_customization_jobs"
_JOBS: Final = "modelCustomizationJobSummaries"
# More at once would only be throttled.
_THREADS: Final = 8
_Call = tuple[str, dict[str, Any]]
# What a list is narrowed by that can be narrowed here as well.
_NARROWED: Final = {"nameContains", "sortBy", "sortOrder"}


@dataclass(frozen=True, kw_only=True)
class Write:
    """One call that would change something: the operation as the API names it, and what it is about."""

    operation: str
    target: str
    params: Mapping[str, Any] = field(repr=False)


@dataclass(kw_only=True)
class Quota:
    """How many training jobs may be in progress, and how many are; None if it is not known."""

    limit: float | None = None
    taken: int = 0
    name: str = ""

    @property
    def is_full(self) -> bool:
        """Whether the service would refuse another one."""
        return self.limit is not None and self.taken >= self.limit


class Recorder:
    """The writes of all services, in their order, and the permissions that reads lacked."""

    def __init__(self) -> None:
        self.writes: list[Write] = []
        self.denied: dict[str, None] = {}
        self.reads = 0
        self.lock = threading.Lock()


class _Service:
    """Reads and writes of one client, told apart by the names of its methods."""

    def __init__(self, api: Any, recorder: Recorder) -> None:
        self._api = api
        self._recorder = recorder
        self._seen: dict[tuple[str, str], Any] = {}

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith(_READS):
            return lambda **params: self._read(name, params)
        return lambda **params: self._write(name, params)

    def _read(self, name: str, params: dict[str, Any]) -> Any:
        key = _key(name, params)
        if key not in self._seen:
            self._seen[key] = self._asked(name, params)
        found = self._seen[key]
        if isinstance(found, Exception):
            raise found
        return found

    def _asked(self, name: str, params: dict[str, Any]) -> Any:
        with self._recorder.lock:
            self._recorder.reads += 1
        try:
            return getattr(self._api, name)(**params)
        except ClientError as error:
            if failures.is_denied(error):
                self._recorder.denied[failures.action(error)] = None
            return error

    def _write(self, name: str, params: dict[str, Any]) -> Any:
        target = next((str(value) for value in params.values() if isinstance(value, str)), "")
        self._recorder.writes.append(Write(operation=_pascal(name), target=target, params=params))
        return {}


class ReadOnly(_Service):
    """IAM and EC2, of which the provider removes what it was told to keep; SageMaker AI, which it only reads."""


class ReadOnlyS3(_Service):
    """Amazon S3. An answer's body can be read once, and whoever asks again gets what was remembered."""

    def _asked(self, name: str, params: dict[str, Any]) -> Any:
        answer = super()._asked(name, params)
        return answer if isinstance(answer, Exception) else {**answer, "Body": answer["Body"].read()}

    def _read(self, name: str, params: dict[str, Any]) -> Any:
        answer = super()._read(name, params)
        return {**answer, "Body": io.BytesIO(answer["Body"])}


class ReadOnlyParameters(_Service):
    """AWS Systems Manager: the record of whose the configuration of invocation logging is."""

    def _write(self, name: str, params: dict[str, Any]) -> Any:
        super()._write(name, params)
        key = _key("get_parameter", {"Name": params["Name"]})
        if name == "delete_parameter":
            self._seen[key] = ClientError({"Error": {"Code": "ParameterNotFound", "Message": ""}}, "GetParameter")
            return {}
        before = self._seen.get(key)
        version = before["Parameter"]["Version"] + 1 if isinstance(before, Mapping) else 1
        self._seen[key] = {"Parameter": {"Value": params["Value"], "Version": version}}
        return {"Version": version}


class ReadOnlyBedrock(_Service):
    """Amazon Bedrock's control plane."""

    def __init__(self, api: Any, recorder: Recorder, *, quota: Quota, arn: Callable[[str], str]) -> None:
        """`arn` makes the ARN of something that does not exist yet out of its kind and name."""
        super().__init__(api, recorder)
        self._quota = quota
        self._arn = arn
        self._gone: set[str] = set()
        self._made: dict[str, dict[str, Any]] = {}
        self._jobs: list[dict[str, Any]] | None = None
        self._jobs_asked = False

    @property
    def meta(self) -> Any:
        """The client's, for the shapes of its service model."""
        return self._api.meta

    def make(self, identifier: str, seen: dict[str, Any]) -> None:
        """Shows something that this deployment makes to those who ask for it by this name or ARN."""
        self._made[identifier] = seen

    def prefetch(self, jobs: Mapping[str, bool]) -> None:
        """Reads what the handlers will ask of these jobs, several at a time: one after the other takes minutes.

        The value says whether a job's model may go, so that its tags are asked for as well.
        """
        found = self._prefetch([(_GET_JOB, {"jobIdentifier": name}) for name in jobs if not self._is_no_job(name)])
        models: dict[str, bool] = {}
        following: list[_Call] = []
        for seen in found:
            following.append((_LIST_TAGS, {"resourceARN": seen["jobArn"]}))
            if arn := seen.get("outputModelArn"):
                models[arn] = jobs[seen["jobName"]]
                following.append((_GET_MODEL, {"modelIdentifier": arn}))
        self._prefetch([*following, *((_LIST_TAGS, {"resourceARN": arn}) for arn, goes in models.items() if goes)])

    def _prefetch(self, calls: Sequence["_Call"]) -> list[dict[str, Any]]:
        with ThreadPoolExecutor(_THREADS) as threads:
            answers = [*threads.map(lambda call: self._asked(*call), calls)]
        self._seen |= {_key(*call): answer for call, answer in zip(calls, answers, strict=True)}
        return [each for each in answers if not isinstance(each, Exception)]

    def settle(self) -> bool:
        """Lets what is under way come to its end, as a deployment waits for it; whether there was anything."""
        moved = False
        for seen in [*self._answers(), *self._made.values()]:
            moved = self._end_import(seen) or _settle(seen, self._forget) or moved
        return moved

    def _end_import(self, seen: dict[str, Any]) -> bool:
        """Nothing stops an import: who waits for its end finds the model that it leaves."""
        if "importedModelName" not in seen or seen.get("status") != "InProgress":
            return False
        name, arn = seen["importedModelName"], self._arn(f"imported-model/{unknown.made(seen['jobName'])}")
        seen |= {"status": "Completed", "importedModelArn": arn}
        self.make(arn, {"modelName": name, "modelArn": arn})
        return True

    def _read(self, name: str, params: dict[str, Any]) -> Any:
        identifier = next((params[each] for each in _IDENTIFIERS if each in params), "")
        if identifier in self._made and name != _LIST_TAGS:
            return self._made[identifier]
        if name == _LIST_TAGS and _tags_key(identifier) in self._seen:
            return self._seen[_tags_key(identifier)]
        if identifier in self._gone or (identifier and not unknown.is_known(identifier)):
            if name == _LIST_TAGS:
                return {"tags": []}
            raise ClientError({"Error": {"Code": _MISSING, "Message": f"{identifier} is not there"}}, _pascal(name))
        if name == _GET_JOB and self._is_no_job(identifier):
            raise ClientError({"Error": {"Code": _MISSING, "Message": f"{identifier} is not there"}}, _pascal(name))
        if name != _LIST_JOBS:
            return super()._read(name, params)
        listed = self._listed(params) if params.keys() <= _NARROWED else None
        return self._with_started(super()._read(name, params) if listed is None else listed, params)

    def _is_no_job(self, identifier: str) -> bool:
        """Whether no job has this name: one list of all says it of every model, where each would ask by itself."""
        jobs = None if identifier.startswith("arn:") else self._all_jobs()
        return jobs is not None and all(each["jobName"] != identifier for each in jobs)

    def _listed(self, params: dict[str, Any]) -> dict[str, Any] | None:
        jobs = self._all_jobs()
        if jobs is None:
            return None
        part = params.get("nameContains", "")
        return {_JOBS: [each for each in jobs if part in each["jobName"]]}

    def _all_jobs(self) -> list[dict[str, Any]] | None:
        """The summaries of all jobs, the oldest first; None if they may not be listed."""
        if not self._jobs_asked:
            self._jobs_asked = True
            request: dict[str, Any] = {"sortBy": "CreationTime", "sortOrder": "Ascending"}
            found: list[dict[str, Any]] = []
            try:
                while True:
                    page = super()._read(_LIST_JOBS, request)
                    found += page.get(_JOBS, ())
                    if not page.get("nextToken"):
                        break
                    request = {**request, "nextToken": page["nextToken"]}
                self._jobs = found
            except ClientError:
                # Each model is asked for by itself then, and what may not be read is said there.
                self._jobs = None
        return self._jobs

    def _with_started(self, found: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
        started = [
            {"jobName": seen["jobName"], "jobArn": seen["jobArn"]}
            for name, seen in self._made.items()
            if name == seen.get("jobName")
            and "importedModelName" not in seen
            and params.get("statusEquals", "InProgress") == "InProgress"
            and params.get("nameContains", "") in name
        ]
        return {**found, _JOBS: [*found.get(_JOBS, ()), *started]} if started else found

    def _write(self, name: str, params: dict[str, Any]) -> Any:
        target = next((params[each] for each in (*_IDENTIFIERS, *_NAMES.values()) if each in params), "")
        if name == "create_model_customization_job" and self._quota.is_full:
            raise ClientError(
                {"Error": {"Code": "ServiceQuotaExceededException", "Message": self._full()}}, _pascal(name)
            )
        self._record(name, target, params)
        if name.endswith(_LOGGING):
            config = params.get("loggingConfig")
            self._seen[_key(f"get_{_LOGGING}", {})] = {"loggingConfig": config} if config else {}
            return {}
        effect = getattr(self, f"_after_{name.partition('_')[0]}", None)
        return effect(name, target, params) if effect else {}

    def _record(self, name: str, target: str, params: dict[str, Any]) -> None:
        self._recorder.writes.append(Write(operation=_pascal(name), target=target, params=params))

    def _full(self) -> str:
        return f"{self._quota.taken} training jobs are in progress, and {self._quota.limit:g} may be."

    def _after_create(self, name: str, target: str, params: dict[str, Any]) -> dict[str, str]:
        kind = name.removeprefix("create_")
        arn = self._arn(f"{_RESOURCES[kind]}/{unknown.made(target)}")
        if kind == "model_customization_job":
            self._quota.taken += 1
        if kind in _MODEL_OF:
            self._start(target, arn, params, model=_MODEL_OF[kind])
        return {_ARNS[kind]: arn}

    def _start(self, name: str, arn: str, params: dict[str, Any], *, model: tuple[str, str]) -> None:
        seen = {
            "jobName": name,
            "jobArn": arn,
            "status": "InProgress",
            "clientRequestToken": params.get("clientRequestToken", ""),
            model[1]: params.get(model[0], ""),
        }
        self.make(name, seen)
        self.make(arn, seen)
        self._seen[_tags_key(arn)] = {"tags": params.get("jobTags", [])}

    def _after_delete(self, _: str, target: str, __: dict[str, Any]) -> dict[str, str]:
        self._forget(target)
        return {}

    def _after_stop(self, _: str, target: str, __: dict[str, Any]) -> dict[str, str]:
        for seen in self._answers():
            if target in _names(seen):
                seen["status"] = "Stopping"
        return {}

    def _after_update(self, name: str, target: str, params: dict[str, Any]) -> dict[str, str]:
        for seen in self._answers():
            if target in _names(seen):
                if name == "update_custom_model_deployment":
                    seen["modelArn"] = params["modelArn"]
                else:
                    seen["desiredModelArn"] = params.get("desiredModelId", seen["desiredModelArn"])
                    seen["modelArn"] = seen["desiredModelArn"]
        return {}

    def _after_tag(self, _: str, target: str, params: dict[str, Any]) -> dict[str, str]:
        given = {each["key"]: each["value"] for each in params["tags"]}
        self._change_tags(target, lambda tags: tags | given)
        return {}

    def _after_untag(self, _: str, target: str, params: dict[str, Any]) -> dict[str, str]:
        self._change_tags(target, lambda tags: {key: tags[key] for key in tags if key not in params["tagKeys"]})
        return {}

    def _change_tags(self, arn: str, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
        key = _tags_key(arn)
        seen = self._seen.get(key)
        if isinstance(seen, Mapping):
            tags = change({each["key"]: each["value"] for each in seen.get("tags", ())})
            self._seen[key] = {"tags": [{"key": name, "value": value} for name, value in tags.items()]}

    def _forget(self, identifier: str) -> None:
        named = {identifier}
        for seen in self._answers():
            if identifier in _names(seen):
                named |= _names(seen)
        self._gone |= named

    def _answers(self) -> Iterator[dict[str, Any]]:
        yield from [
            seen for (name, _), seen in self._seen.items() if name.startswith("get_") and isinstance(seen, dict)
        ]


_NAMES: Final = {
    "model_customization_job": "jobName",
    "model_import_job": "jobName",
    "custom_model": "modelName",
    "custom_model_deployment": "modelDeploymentName",
    "provisioned_model_throughput": "provisionedModelName",
}
# The name of a job's model, as Create takes it and as Get tells it.
_MODEL_OF: Final = {
    "model_customization_job": ("customModelName", "outputModelName"),
    "model_import_job": ("importedModelName", "importedModelName"),
}
_ARNS: Final = {
    "model_customization_job": "jobArn",
    "model_import_job": "jobArn",
    "custom_model": "modelArn",
    "custom_model_deployment": "customModelDeploymentArn",
    "provisioned_model_throughput": "provisionedModelArn",
}
_RESOURCES: Final = {
    "model_customization_job": "model-customization-job",
    "model_import_job": "model-import-job",
    "custom_model": "custom-model",
    "custom_model_deployment": "custom-model-deployment",
    "provisioned_model_throughput": "provisioned-model",
}
# The name and the ARN of what each Get tells of. A model tells of its job, too.
_OWN: Final = (
    ("modelName", "modelArn"),
    ("jobName", "jobArn"),
    ("modelDeploymentName", "customModelDeploymentArn"),
    ("provisionedModelName", "provisionedModelArn"),
)


def _names(seen: Mapping[str, Any]) -> set[str]:
    own = next((pair for pair in _OWN if pair[0] in seen), ())
    return {str(seen[each]) for each in own if each in seen}


def _settle(seen: dict[str, Any], forget: Callable[[str], None]) -> bool:
    status = next((name for name in _STATUSES if name in seen), "")
    if str(seen.get(status, "")).upper().startswith("DELET"):
        for each in _names(seen):
            forget(each)
        seen[status] = _GONE
        return True
    if "jobName" in seen and "modelName" not in seen:
        moved: bool = seen["status"] == "Stopping"
        seen["status"] = "Stopped" if moved else seen["status"]
        return moved
    return _settle_serving(seen, status)


def _settle_serving(seen: dict[str, Any], status: str) -> bool:
    change = seen.get("updateDetails", {})
    is_updating: bool = change.get("updateStatus") == "Updating"
    if is_updating:
        seen["modelArn"], change["updateStatus"] = change.get("modelArn", seen["modelArn"]), "UpdateCompleted"
    is_moving = seen.get(status) in ("Creating", "Updating")
    if is_moving:
        seen[status] = "InService" if "provisionedModelName" in seen else "Active"
        seen["modelArn"] = seen.get("desiredModelArn", seen.get("modelArn"))
    return is_moving or is_updating


def _key(name: str, params: Mapping[str, Any]) -> tuple[str, str]:
    return name, json.dumps(params, sort_keys=True, default=str)


def _tags_key(arn: str) -> tuple[str, str]:
    return _key(_LIST_TAGS, {"resourceARN": arn})


def _pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


class NothingThere:
    """AWS without credentials: nothing is found. Shapes are the client's, which signs nothing for them."""

    def __init__(self, api: Any) -> None:
        self.meta: Any = api.meta

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def answer(**_: Any) -> dict[str, Any]:
            if name.startswith("list_") or name.endswith(_LOGGING):
                return {}
            if name == "get_parameter":
                raise ClientError({"Error": {"Code": "ParameterNotFound", "Message": ""}}, "GetParameter")
            raise ClientError({"Error": {"Code": _MISSING, "Message": "not asked"}}, _pascal(name))

        return answer


class TrainingAssumed:
    """SageMaker AI and its output without credentials: whichever training job is named has left a checkpoint."""

    def describe_training_job(self, **_: Any) -> dict[str, Any]:
        """One that has come to its end."""
        return {"TrainingJobStatus": "Completed", "OutputDataConfig": {"S3OutputPath": "s3://not-asked"}}

    def get_object(self, **_: Any) -> dict[str, Any]:
        """The manifest of every one of them."""
        return {"Body": io.BytesIO(b'{"checkpoint_s3_bucket": "s3://not-asked/"}')}
