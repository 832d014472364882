"""Unknown names: which error code each call of Amazon Bedrock answers for something that does not exist."""

from collections.abc import Iterator, Mapping
from typing import Final

from acceptance.answers import ask
from acceptance.probe import Told, probe
from acceptance.run import Run

_MISSING: Final = "ResourceNotFoundException"
# By assumption: the method of the client, and the parameter that names the resource.
_READ: Final = {
    "get-unknown-model": ("get_custom_model", "modelIdentifier"),
    "get-unknown-job": ("get_model_customization_job", "jobIdentifier"),
    "get-unknown-deployment": ("get_custom_model_deployment", "customModelDeploymentIdentifier"),
    "get-unknown-throughput": ("get_provisioned_model_throughput", "provisionedModelId"),
}
_WRITTEN: Final = {
    "delete-unknown-model": ("delete_custom_model", "modelIdentifier"),
    "stop-unknown-job": ("stop_model_customization_job", "jobIdentifier"),
    "delete-unknown-deployment": ("delete_custom_model_deployment", "customModelDeploymentIdentifier"),
    "delete-unknown-throughput": ("delete_provisioned_model_throughput", "provisionedModelId"),
}


# Step 0 promises to read only, so that the calls that would delete and stop are a probe of step 1.
@probe("unknown-names", step=0, settles=tuple(_READ))
def unknown_names(run: Run) -> Iterator[Told]:
    return _ask_for_nobody(run, _READ)


@probe("unknown-names-written", step=1, settles=tuple(_WRITTEN))
def unknown_names_written(run: Run) -> Iterator[Told]:
    return _ask_for_nobody(run, _WRITTEN)


def _ask_for_nobody(run: Run, calls: Mapping[str, tuple[str, str]]) -> Iterator[Told]:
    for assumption, (method, parameter) in calls.items():
        answer = ask(getattr(run.bedrock, method), **{parameter: run.nobody})
        yield assumption, answer.code == _MISSING, str(answer)
