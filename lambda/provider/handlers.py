"""Which function handles which event of which resource."""

from collections.abc import Callable
from typing import Final

from provider import wait
from provider.aws.clients import Clients
from provider.cloudformation.contract import (
    CUSTOM_MODEL_DEPLOYMENT_TYPE,
    CUSTOM_MODEL_TYPE,
    IMPORTED_MODEL_TYPE,
    INVOCATION_LOGGING_TYPE,
    MODEL_CHECK_TYPE,
    MODEL_CUSTOMIZATION_JOB_TYPE,
    MODEL_LOOKUP_TYPE,
    PROVISIONED_MODEL_THROUGHPUT_TYPE,
    WAIT_TYPE,
)
from provider.cloudformation.request import Request
from provider.cloudformation.result import Answer, Enqueue, Watch
from provider.custom_model import deletion as custom_model_deletion
from provider.custom_model import handler as custom_model
from provider.invocation_logging import handler as invocation_logging
from provider.job.deletion import JobDeletion
from provider.job.handler import JobHandler
from provider.job.imported_model import ImportedModels
from provider.job.model_customization_job import ModelCustomizationJobs
from provider.lookup import handler as lookup
from provider.model_check import handler as model_check
from provider.serving.custom_model_deployment import CustomModelDeployments
from provider.serving.handler import ServingHandler
from provider.serving.provisioned_model_throughput import ProvisionedModelThroughputs

Handler = Callable[[Request, Clients], Answer | Watch | Enqueue]

_training, _training_deletion = JobHandler(ModelCustomizationJobs()), JobDeletion(ModelCustomizationJobs())
_import, _import_deletion = JobHandler(ImportedModels()), JobDeletion(ImportedModels())
_deployment = ServingHandler(CustomModelDeployments())
_throughput = ServingHandler(ProvisionedModelThroughputs())

HANDLERS: Final[dict[str, dict[str, Handler]]] = {
    CUSTOM_MODEL_TYPE: {
        "Create": custom_model.create,
        "Update": custom_model.update,
        "Delete": custom_model_deletion.delete,
    },
    MODEL_CUSTOMIZATION_JOB_TYPE: {
        "Create": _training.create,
        "Update": _training.update,
        "Delete": _training_deletion.delete,
    },
    IMPORTED_MODEL_TYPE: {
        "Create": _import.create,
        "Update": _import.update,
        "Delete": _import_deletion.delete,
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
    MODEL_CHECK_TYPE: {
        "Create": model_check.create,
        "Update": model_check.update,
        "Delete": model_check.delete,
    },
    MODEL_LOOKUP_TYPE: {"Create": lookup.create, "Update": lookup.update, "Delete": lookup.delete},
    INVOCATION_LOGGING_TYPE: {
        "Create": invocation_logging.put,
        "Update": invocation_logging.put,
        "Delete": invocation_logging.delete,
    },
    WAIT_TYPE: {"Create": wait.create, "Update": wait.update, "Delete": wait.delete},
}
