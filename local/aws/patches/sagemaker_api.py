"""Amazon SageMaker AI, as far as it describes training jobs."""

from local.aws.patches.names import server
from local.aws.patches.patch import Patch
from local.aws.sagemaker_service import SageMakerService

_SERVICE = "sagemaker"


class SageMakerApi(Patch):
    """Answers by `local.aws.sagemaker_service`, under IAM."""

    corrects = "ministack has no Amazon SageMaker AI: a request is routed to another service."
    aws = (
        "DescribeTrainingJob tells where a training job writes: "
        "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrainingJob.html"
    )
    uses = (server.SERVICE_HANDLERS, server.SERVICE_PATTERNS, server.SERVICE_TO_IAM_NAMESPACE)

    def __init__(self, service: SageMakerService) -> None:
        self._service = service

    def apply(self) -> None:
        server.SERVICE_PATTERNS.value[_SERVICE] = {"target_prefixes": ["SageMaker"]}
        server.SERVICE_TO_IAM_NAMESPACE.value[_SERVICE] = _SERVICE
        server.SERVICE_HANDLERS.value[_SERVICE] = self._service.handle
