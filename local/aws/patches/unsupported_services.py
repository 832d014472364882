"""What is asked of a service that ministack does not have, the AWS Price List for one."""

import functools

from botocore.loaders import Loader

from local.aws.patches.names import server
from local.aws.patches.patch import Patch


class UnsupportedServices(Patch):
    """Knows the services of AWS by two lists of botocore, and reads their models only for a name in neither."""

    corrects = (
        "ministack reads botocore's models of all services to find out whether the first such request is for a service "
        "of AWS, and answers nobody for three seconds."
    )
    aws = "Services answer independently of each other."
    uses = (server.is_aws_service_name,)

    def apply(self) -> None:
        server.is_aws_service_name.replace(_is_of_aws)


def _is_of_aws(scope_name: str) -> bool:
    return scope_name in _known() or bool(server.is_aws_service_name.original(scope_name))


@functools.cache
def _known() -> frozenset[str]:
    loader = Loader()
    partitions = loader.load_data("endpoints")["partitions"]
    endpoints = {name for partition in partitions for name in partition["services"]}
    return frozenset(endpoints).union(loader.list_available_services("service-2"))
