"""Which function handles which event of which resource."""

from collections.abc import Callable
from typing import Final

from provider import (
    custom_model,
    custom_model_deletion,
    model_customization_job,
    model_customization_job_deletion,
    wait,
)
from provider.clients import Clients
from provider.contract import (
    CUSTOM_MODEL_DEPLOYMENT_TYPE,
    CUSTOM_MODEL_TYPE,
    MODEL_CUSTOMIZATION_JOB_TYPE,
    PROVISIONED_MODEL_THROUGHPUT_TYPE,
    WAIT_TYPE,
)
from provider.deployment import CustomModelDeployments
from provider.outcome import Answer, Enqueue, Watch
from provider.request import Request
from provider.serving import ServingHandler
from provider.throughput import ProvisionedModelThroughputs

Handler = Callable[[Request, Clients], Answer | Watch | Enqueue]

_deployment = ServingHandler(CustomModelDeployments())
_throughput = ServingHandler(ProvisionedModelThroughputs())

HANDLERS: Final[dict[str, dict[str, Handler]]] = {
    CUSTOM_MODEL_TYPE: {
        "Create": custom_model.create,
        "Update": custom_model.update,
        "Delete": custom_model_deletion.delete,
    },
    MODEL_CUSTOMIZATION_JOB_TYPE: {
        "Create": model_customization_job.create,
        "Update": model_customization_job.update,
        "Delete": model_customization_job_deletion.delete,
    },
    CUSTOM_MODEL_DEPLOYMENT_TYPE: {
        "Create": _deployment.create,
        "Update": _deployment.update,
        "Delete": _deployment.delete,
    },
    PROVISIONED_MODEL_THROUGHPUT_TYPE: {
        "Create": _throughput.create,
        "Update": _throughput.update,
        "Delete": _throughput.delete,
    },
    WAIT_TYPE: {"Create": wait.create, "Update": wait.update, "Delete": wait.delete},
}
