"""Service Quotas tells the quotas of our Bedrock, as they are now."""

import pytest
from botocore.exceptions import ClientError

from local.aws import RunningAws

JOBS = "(Model customization) Scheduled customization jobs"


def listed(aws: RunningAws) -> dict[str, float]:
    pages = aws.client("service-quotas").get_paginator("list_service_quotas").paginate(ServiceCode="bedrock")
    return {each["QuotaName"]: each["Value"] for page in pages for each in page["Quotas"]}


def test_it_lists_what_bedrock_keeps_to(aws: RunningAws) -> None:
    before = listed(aws)[JOBS]
    aws.bedrock("quotas", {"concurrent_customization_jobs": 7})
    try:
        assert listed(aws)[JOBS] == 7
    finally:
        aws.bedrock("quotas", {"concurrent_customization_jobs": int(before)})


def test_it_knows_no_other_service_and_no_other_operation(aws: RunningAws) -> None:
    client = aws.client("service-quotas")

    with pytest.raises(client.exceptions.NoSuchResourceException):
        client.list_service_quotas(ServiceCode="ec2")
    with pytest.raises(ClientError, match="UnknownOperationException"):
        client.get_service_quota(ServiceCode="bedrock", QuotaCode="L-1")
