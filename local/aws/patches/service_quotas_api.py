"""Service Quotas, as far as it lists those of Amazon Bedrock."""

from local.aws.patches.names import server
from local.aws.patches.patch import Patch
from local.aws.service_quotas import ServiceQuotas

_SERVICE = "servicequotas"


class ServiceQuotasApi(Patch):
    """Answers by `local.aws.service_quotas`, under IAM."""

    corrects = "ministack has no Service Quotas: a request is routed to another service."
    aws = (
        "ListServiceQuotas tells the quotas of an account in a Region: "
        "https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_ListServiceQuotas.html"
    )
    uses = (server.SERVICE_HANDLERS, server.SERVICE_PATTERNS, server.SERVICE_TO_IAM_NAMESPACE)

    def __init__(self, service: ServiceQuotas) -> None:
        self._service = service

    def apply(self) -> None:
        server.SERVICE_PATTERNS.value[_SERVICE] = {"target_prefixes": ["ServiceQuotasV20190624"]}
        server.SERVICE_TO_IAM_NAMESPACE.value[_SERVICE] = _SERVICE
        server.SERVICE_HANDLERS.value[_SERVICE] = self._service.handle
