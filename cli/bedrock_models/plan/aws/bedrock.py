"""Amazon Bedrock's control plane for a dry run."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from bedrock_models.cloudformation import unknown
from bedrock_models.plan.aws.recorder import Recorder, Write
from bedrock_models.plan.aws.service import Service, pascal, read_key
from bedrock_models.plan.aws.settling import names, settle

MISSING: Final = "ResourceNotFoundException"
# What names a thing in the calls that change it or ask for it.
_IDENTIFIERS: Final = (
    "modelIdentifier",
    "jobIdentifier",
    "customModelDeploymentIdentifier",
    "provisionedModelId",
    "resourceARN",
)
_GET_JOB: Final = "get_model_customization_job"
_GET_MODEL: Final = "get_custom_model"
# Of which there is one, so that no identifier names it.
LOGGING: Final = "model_invocation_logging_configuration"
_LIST_TAGS: Final = "list_tags_for_resource"
_LIST_JOBS: Final = "list_model_customization_jobs"
_JOBS: Final = "modelCustomizationJobSummaries"
# What a list is narrowed by that can be narrowed here as well.
_NARROWED: Final = {"nameContains", "sortBy", "sortOrder"}
# More at once would only be throttled.
_THREADS: Final = 8
_Call = tuple[str, dict[str, Any]]
# The name of what is made, in each Create.
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


class ReadOnlyBedrock(Service):
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
        self._seen |= {read_key(*call): answer for call, answer in zip(calls, answers, strict=True)}
        return [each for each in answers if not isinstance(each, Exception)]

    def settle(self) -> bool:
        """Lets what is under way come to its end, as a deployment waits for it; whether there was anything."""
        moved = False
        for seen in [*self._answers(), *self._made.values()]:
            moved = self._end_import(seen) or settle(seen, self._forget) or moved
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
            raise ClientError({"Error": {"Code": MISSING, "Message": f"{identifier} is not there"}}, pascal(name))
        if name == _GET_JOB and self._is_no_job(identifier):
            raise ClientError({"Error": {"Code": MISSING, "Message": f"{identifier} is not there"}}, pascal(name))
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
                {"Error": {"Code": "ServiceQuotaExceededException", "Message": self._full()}}, pascal(name)
            )
        self._record(name, target, params)
        if name.endswith(LOGGING):
            config = params.get("loggingConfig")
            self._seen[read_key(f"get_{LOGGING}", {})] = {"loggingConfig": config} if config else {}
            return {}
        effect = getattr(self, f"_after_{name.partition('_')[0]}", None)
        return effect(name, target, params) if effect else {}

    def _record(self, name: str, target: str, params: dict[str, Any]) -> None:
        self._recorder.writes.append(Write(operation=pascal(name), target=target, params=params))

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
            if target in names(seen):
                seen["status"] = "Stopping"
        return {}

    def _after_update(self, name: str, target: str, params: dict[str, Any]) -> dict[str, str]:
        for seen in self._answers():
            if target in names(seen):
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
            if identifier in names(seen):
                named |= names(seen)
        self._gone |= named

    def _answers(self) -> Iterator[dict[str, Any]]:
        yield from [
            seen for (name, _), seen in self._seen.items() if name.startswith("get_") and isinstance(seen, dict)
        ]


def _tags_key(arn: str) -> tuple[str, str]:
    return read_key(_LIST_TAGS, {"resourceARN": arn})
