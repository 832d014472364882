"""Amazon SageMaker AI, as far as it describes training jobs."""

import json
from typing import Any

from local.aws.bedrock_service import BedrockService
from local.aws.patches.names import server
from local.aws.patches.patch import Patch
from local.aws.sagemaker_service import SageMakerService
from local.sagemaker import TrainingJobs

_SERVICE = "sagemaker"


class SageMakerApi(Patch):
    """Answers by `local.aws.sagemaker_service`, under IAM."""

    corrects = "ministack has no Amazon SageMaker AI: a request is routed to another service."
    aws = (
        "DescribeTrainingJob tells where a training job writes: "
        "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrainingJob.html"
    )
    uses = (
        server.SERVICE_HANDLERS,
        server.SERVICE_PATTERNS,
        server.SERVICE_TO_IAM_NAMESPACE,
        server.extract_resource_arn,
    )

    def __init__(self, service: SageMakerService, bedrock: BedrockService) -> None:
        self._service = service
        self._bedrock = bedrock

    def apply(self) -> None:
        server.SERVICE_PATTERNS.value[_SERVICE] = {"target_prefixes": ["SageMaker"]}
        server.SERVICE_TO_IAM_NAMESPACE.value[_SERVICE] = _SERVICE
        server.SERVICE_HANDLERS.value[_SERVICE] = self._service.handle
        server.extract_resource_arn.replace(self._resource)
        self._service.train(self._bedrock.escrow_uri)

    def _resource(self, service: str, *request: Any) -> str:
        """IAM asks for the job; ministack takes a service that it does not have for one without resources."""
        if service != _SERVICE:
            return str(server.extract_resource_arn.original(service, *request))
        _method, _path, _headers, body, _query, region, account = request
        name = json.loads(body or b"{}").get("TrainingJobName", "")
        return TrainingJobs(account, region).arn(name)
