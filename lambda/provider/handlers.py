"""Which function handles which event of which resource."""

from collections.abc import Callable
from typing import Final

from provider import (
    custom_model,
    custom_model_deletion,
    custom_model_deployment,
    custom_model_deployment_deletion,
    model_customization_job,
    model_customization_job_deletion,
    provisioned_model_throughput,
    provisioned_model_throughput_deletion,
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
from provider.outcome import Answer, Enqueue, Watch
from provider.request import Request

Handler = Callable[[Request, Clients], Answer | Watch | Enqueue]

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
        "Create": custom_model_deployment.create,
        "Update": custom_model_deployment.update,
        "Delete": custom_model_deployment_deletion.delete,
    },
    PROVISIONED_MODEL_THROUGHPUT_TYPE: {
        "Create": provisioned_model_throughput.create,
        "Update": provisioned_model_throughput.update,
        "Delete": provisioned_model_throughput_deletion.delete,
    },
    WAIT_TYPE: {"Create": wait.create, "Update": wait.update, "Delete": wait.delete},
}
