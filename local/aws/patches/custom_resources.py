"""Custom resources: how CloudFormation sends a request and takes the response."""

from local.aws.cloudformation import custom_resource
from local.aws.cloudformation.custom_resource import Delivery
from local.aws.patches.names import cloudformation as ministack
from local.aws.patches.names import lambda_functions, s3
from local.aws.patches.patch import Patch


class CustomResources(Patch):
    corrects = (
        "ministack invokes the function once and waits for it to return, takes a response of any size that names any "
        "request, and gives a failed create no physical id, so that its Delete cannot be told from another."
    )
    aws = (
        "Events are invoked asynchronously, at least once. A response has at most 4,096 bytes, goes to a signed URL "
        "and names its request; a failed create is deleted under the id that CloudFormation made up: "
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html"
    )
    uses = (
        ministack.invoke_custom_resource,
        ministack.normalise_resource_properties,
        lambda_functions.get_func_record_for_ref,
        lambda_functions.execution_record_for_config,
        lambda_functions.invoke_async_with_retry,
        s3.buckets,
        s3.object_versions,
    )

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery

    def apply(self) -> None:
        custom_resource.deliver_by(self._delivery)
        ministack.invoke_custom_resource.replace(custom_resource.invoke)
