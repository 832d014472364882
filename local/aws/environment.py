"""The environment variables of the server process and of the programs that talk to it."""

import os
from collections.abc import Mapping
from pathlib import Path

from local.aws.settings import Settings
from local.aws.working_directory import WorkingDirectory

ACCESS_KEY_ID = "test"
SECRET_ACCESS_KEY = "test"  # noqa: S105 - ministack's well-known root credentials

# A proxy must not see loopback traffic, and a developer's profile, region or metadata service must not reach us.
_ISOLATION = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "NO_PROXY": "127.0.0.1,localhost",
    "no_proxy": "127.0.0.1,localhost",
}
_OWN_PREFIXES = ("AWS_", "MINISTACK_", "LAMBDA_", "SFN_", "CDK_", "LOCALSTACK_", "BOTO_")


def scrubbed(environment: Mapping[str, str]) -> dict[str, str]:
    """Without what belongs to another AWS."""
    return {name: value for name, value in environment.items() if not name.startswith(_OWN_PREFIXES)}


def for_server(settings: Settings, directory: WorkingDirectory, port: int) -> dict[str, str]:
    """What ministack reads when it is imported, and what its Lambda workers inherit."""
    environment = _ISOLATION | {
        "PATH": directory.path_variable(),
        "TMPDIR": str(directory.state),
        "STATE_DIR": str(directory.state),
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_ACCOUNT_ID": settings.account,
        "MINISTACK_REGION": settings.region,
        "AUTH": str(settings.auth).lower(),
        "SFN_WAIT_SCALE": str(settings.sfn_wait_scale),
        # Fifty minutes of Bedrock's time, unless a function is told otherwise: a segment of the provider's waits.
        "SEGMENT_SECONDS": str(max(1, round(3000 / settings.time_scale))),
        # Lambda retries an asynchronous invocation after one minute and after two more.
        "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.01",
        "LOG_LEVEL": "INFO",
        # Listeners on fixed ports and the developer's own containers are none of our business.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "DOCKER_HOST": f"unix://{directory.state}/no-docker.sock",
    }
    if settings.tls:
        environment |= {
            "USE_SSL": "1",
            "MINISTACK_SSL_CERT": str(directory.certificate),
            "MINISTACK_SSL_KEY": str(directory.private_key),
            **_trust(directory.certificate),
        }
    return environment


def for_clients(settings: Settings, directory: WorkingDirectory, endpoint: str) -> dict[str, str]:
    """What boto3, the AWS CLI, the CDK CLI and a CDK app need in order to talk to the local AWS."""
    environment = _ISOLATION | {
        "PATH": directory.path_variable(),
        "JSII_NODE": str(directory.bin / "node"),
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_REGION": settings.region,
        "AWS_DEFAULT_REGION": settings.region,
        "CDK_DEFAULT_ACCOUNT": settings.account,
        "CDK_DEFAULT_REGION": settings.region,
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CDK_DISABLE_VERSION_CHECK": "true",
        "CDK_HOME": str(directory.root / "cdk-home"),
    }
    if settings.tls:
        environment |= {"AWS_CA_BUNDLE": str(directory.certificate), "NODE_EXTRA_CA_CERTS": str(directory.certificate)}
    return environment


def _trust(certificate: Path) -> dict[str, str]:
    # Nothing in there ever talks to another host, so the one certificate is the whole trust store.
    readers = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS")
    return dict.fromkeys(readers, str(certificate))
