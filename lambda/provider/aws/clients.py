"""The AWS calls that the provider makes, and no others: narrow interfaces, and the real clients behind them."""

import functools
import time
from pathlib import Path
from typing import Any, Final, Protocol

import botocore.session
from botocore.config import Config
from botocore.loaders import Loader

from provider.cloudformation import response

# The runtime's botocore may be older than the API, so trimmed service models come along and go first. They are quicker
# to read, too: of the full ones, Amazon EC2's alone takes as long as everything else together.
MODELS: Final = Path(__file__).parents[2] / "models"

# A hanging API must not eat the hour that CloudFormation gives: three attempts with short timeouts.
_CONFIG: Final = Config(connect_timeout=5, read_timeout=15, retries={"mode": "standard", "total_max_attempts": 3})


class _Loader(Loader):  # type: ignore[misc]  # botocore has no types
    """Finds the models beside this code, and whatever else a client needs in botocore's own data."""

    def __init__(self) -> None:
        super().__init__(extra_search_paths=[str(MODELS)])

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002  botocore's signature
        """These. botocore would look into the folders of all its 400 services, twice for each client."""
        return list(INTERFACES)


class Session:
    """What boto3 does beyond botocore is not needed here, and importing it takes as long as making a client."""

    def __init__(self) -> None:
        self._core = botocore.session.Session()
        self._core.register_component("data_loader", _Loader())

    def client(self, service: str, *, config: Config = _CONFIG, **options: Any) -> Any:
        """A client for one of the services below."""
        return self._core.create_client(service, config=config, **options)


def session() -> Session:
    """A session that knows the services from the models beside this code."""
    return Session()


class Bedrock(Protocol):
    """The operations of Amazon Bedrock that the provider calls; the trimmed service model holds exactly these."""

    @property
    def meta(self) -> Any: ...
    def create_custom_model(self, **request: Any) -> dict[str, Any]: ...
    def get_custom_model(self, *, modelIdentifier: str) -> dict[str, Any]: ...  # noqa: N803
    def list_custom_models(self, **request: Any) -> dict[str, Any]: ...
    def delete_custom_model(self, *, modelIdentifier: str) -> dict[str, Any]: ...  # noqa: N803
    def create_model_customization_job(self, **request: Any) -> dict[str, Any]: ...
    def get_model_customization_job(self, *, jobIdentifier: str) -> dict[str, Any]: ...  # noqa: N803
    def list_model_customization_jobs(self, **request: Any) -> dict[str, Any]: ...
    def stop_model_customization_job(self, *, jobIdentifier: str) -> dict[str, Any]: ...  # noqa: N803
    def create_model_import_job(self, **request: Any) -> dict[str, Any]: ...
    def get_model_import_job(self, *, jobIdentifier: str) -> dict[str, Any]: ...  # noqa: N803
    def list_model_import_jobs(self, **request: Any) -> dict[str, Any]: ...
    def get_imported_model(self, *, modelIdentifier: str) -> dict[str, Any]: ...  # noqa: N803
    def list_imported_models(self, **request: Any) -> dict[str, Any]: ...
    def delete_imported_model(self, *, modelIdentifier: str) -> dict[str, Any]: ...  # noqa: N803
    def create_custom_model_deployment(self, **request: Any) -> dict[str, Any]: ...
    def get_custom_model_deployment(self, *, customModelDeploymentIdentifier: str) -> dict[str, Any]: ...  # noqa: N803
    def list_custom_model_deployments(self, **request: Any) -> dict[str, Any]: ...
    def update_custom_model_deployment(self, **request: Any) -> dict[str, Any]: ...
    def delete_custom_model_deployment(self, *, customModelDeploymentIdentifier: str) -> dict[str, Any]: ...  # noqa: N803
    def create_provisioned_model_throughput(self, **request: Any) -> dict[str, Any]: ...
    def get_provisioned_model_throughput(self, *, provisionedModelId: str) -> dict[str, Any]: ...  # noqa: N803
    def list_provisioned_model_throughputs(self, **request: Any) -> dict[str, Any]: ...
    def update_provisioned_model_throughput(self, **request: Any) -> dict[str, Any]: ...
    def delete_provisioned_model_throughput(self, *, provisionedModelId: str) -> dict[str, Any]: ...  # noqa: N803
    def get_foundation_model(self, *, modelIdentifier: str) -> dict[str, Any]: ...  # noqa: N803
    def get_model_invocation_logging_configuration(self) -> dict[str, Any]: ...
    def put_model_invocation_logging_configuration(self, *, loggingConfig: dict[str, Any]) -> dict[str, Any]: ...  # noqa: N803
    def delete_model_invocation_logging_configuration(self) -> dict[str, Any]: ...
    def tag_resource(self, *, resourceARN: str, tags: list[dict[str, str]]) -> dict[str, Any]: ...  # noqa: N803
    def untag_resource(self, *, resourceARN: str, tagKeys: list[str]) -> dict[str, Any]: ...  # noqa: N803
    def list_tags_for_resource(self, *, resourceARN: str) -> dict[str, Any]: ...  # noqa: N803


class StepFunctions(Protocol):
    """What the provider needs of its waiter."""

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> dict[str, Any]: ...  # noqa: N803
    def list_executions(self, *, stateMachineArn: str, **request: Any) -> dict[str, Any]: ...  # noqa: N803
    def describe_execution(self, *, executionArn: str) -> dict[str, Any]: ...  # noqa: N803
    def stop_execution(self, *, executionArn: str, cause: str) -> dict[str, Any]: ...  # noqa: N803


class CloudFormation(Protocol):
    """What the provider reads of its own stack, of the stack's parents, and of a stack that held something before."""

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]: ...  # noqa: N803
    def describe_stack_events(self, *, StackName: str, **request: Any) -> dict[str, Any]: ...  # noqa: N803
    def describe_stack_resource(self, *, StackName: str, LogicalResourceId: str) -> dict[str, Any]: ...  # noqa: N803
    def describe_stack_resources(self, *, PhysicalResourceId: str) -> dict[str, Any]: ...  # noqa: N803
    def list_stack_resources(self, *, StackName: str, **request: Any) -> dict[str, Any]: ...  # noqa: N803


class Iam(Protocol):
    """What it takes to remove a service role that CloudFormation was told to retain."""

    def list_role_tags(self, *, RoleName: str) -> dict[str, Any]: ...  # noqa: N803
    def list_attached_role_policies(self, *, RoleName: str) -> dict[str, Any]: ...  # noqa: N803
    def detach_role_policy(self, *, RoleName: str, PolicyArn: str) -> dict[str, Any]: ...  # noqa: N803
    def list_role_policies(self, *, RoleName: str) -> dict[str, Any]: ...  # noqa: N803
    def delete_role_policy(self, *, RoleName: str, PolicyName: str) -> dict[str, Any]: ...  # noqa: N803
    def delete_role(self, *, RoleName: str) -> dict[str, Any]: ...  # noqa: N803


class Ec2(Protocol):
    """The same for a security group."""

    def describe_security_groups(self, *, GroupIds: list[str]) -> dict[str, Any]: ...  # noqa: N803
    def delete_security_group(self, *, GroupId: str) -> dict[str, Any]: ...  # noqa: N803


class Ssm(Protocol):
    """One parameter of AWS Systems Manager: the record of who owns the configuration of invocation logging."""

    def get_parameter(self, *, Name: str) -> dict[str, Any]: ...  # noqa: N803
    def put_parameter(self, *, Name: str, Value: str, **request: Any) -> dict[str, Any]: ...  # noqa: N803
    def delete_parameter(self, *, Name: str) -> dict[str, Any]: ...  # noqa: N803


class SageMaker(Protocol):
    """The training job whose checkpoint is imported."""

    def describe_training_job(self, *, TrainingJobName: str) -> dict[str, Any]: ...  # noqa: N803


class S3(Protocol):
    """What such a job wrote about its checkpoint. botocore asks itself where a bucket of another Region is."""

    def head_bucket(self, *, Bucket: str) -> dict[str, Any]: ...  # noqa: N803
    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]: ...  # noqa: N803


INTERFACES: Final[dict[str, type]] = {
    "bedrock": Bedrock,
    "stepfunctions": StepFunctions,
    "cloudformation": CloudFormation,
    "iam": Iam,
    "ec2": Ec2,
    "ssm": Ssm,
    "sagemaker": SageMaker,
    "s3": S3,
}


class Clients:
    """The world outside. Each client is made when first used; tests hand in the same calls over a Bedrock in memory."""

    put = staticmethod(response.put_once)
    sleep = staticmethod(time.sleep)

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    @functools.cached_property
    def _session(self) -> Session:
        return session()

    @functools.cached_property
    def bedrock(self) -> Bedrock:
        """Amazon Bedrock's control plane."""
        return self._session.client("bedrock")  # type: ignore[no-any-return]

    @functools.cached_property
    def states(self) -> StepFunctions:
        """AWS Step Functions."""
        return self._session.client("stepfunctions")  # type: ignore[no-any-return]

    @functools.cached_property
    def cloudformation(self) -> CloudFormation:
        """AWS CloudFormation."""
        return self._session.client("cloudformation")  # type: ignore[no-any-return]

    @functools.cached_property
    def iam(self) -> Iam:
        """AWS Identity and Access Management."""
        return self._session.client("iam")  # type: ignore[no-any-return]

    @functools.cached_property
    def ec2(self) -> Ec2:
        """Amazon EC2."""
        return self._session.client("ec2")  # type: ignore[no-any-return]

    @functools.cached_property
    def ssm(self) -> Ssm:
        """AWS Systems Manager."""
        return self._session.client("ssm")  # type: ignore[no-any-return]

    @functools.cached_property
    def sagemaker(self) -> SageMaker:
        """Amazon SageMaker AI."""
        return self._session.client("sagemaker")  # type: ignore[no-any-return]

    @functools.cached_property
    def s3(self) -> S3:
        """Amazon S3."""
        return self._session.client("s3")  # type: ignore[no-any-return]


@functools.cache
def shared() -> Clients:
    """One for as long as the execution environment lives: making clients takes longer than most events."""
    return Clients()
