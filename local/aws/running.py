"""A running local AWS, for the programs that use it: endpoint, clients, administration, logs."""

import dataclasses
import datetime
import json
import ssl
import time
import urllib.request
from pathlib import Path
from typing import Any

from local.aws import environment
from local.aws.settings import Settings
from local.aws.working_directory import WorkingDirectory


@dataclasses.dataclass(frozen=True)
class RunningAws:
    """Where it is, and how to talk to it."""

    endpoint: str
    settings: Settings
    directory: WorkingDirectory
    log_file: Path

    @property
    def env(self) -> dict[str, str]:
        """Environment variables for boto3, the AWS CLI, the CDK CLI and CDK apps."""
        return environment.for_clients(self.settings, self.directory, self.endpoint)

    def client(self, service: str) -> Any:
        """A boto3 client of this AWS, with root credentials."""
        import boto3  # noqa: PLC0415 - the command line answers `--help` faster without it

        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=self.settings.region,
            aws_access_key_id=environment.ACCESS_KEY_ID,
            aws_secret_access_key=environment.SECRET_ACCESS_KEY,
            verify=str(self.directory.certificate) if self.settings.tls else None,
        )

    def bedrock(self, path: str, payload: object = None) -> Any:
        """Bedrock's administration: its clock, its faults, what it was called with."""
        return self.call(f"/_local/bedrock/{path.strip('/')}", payload)

    def training_job(self, name: str, **job: str) -> str:
        """Puts a training job of SageMaker AI with its output, whose manifest names `checkpoint`; its output path."""
        return str(self.call("/_local/sagemaker", {"name": name, **job})["output"])

    def call(self, path: str, payload: object = None, *, timeout: float = 60) -> Any:
        request = urllib.request.Request(  # noqa: S310 - always our own loopback address
            self.endpoint + path, data=json.dumps(payload or {}).encode(), method="POST"
        )
        trust = ssl.create_default_context(cafile=str(self.directory.certificate) if self.settings.tls else None)
        # Without the proxy of the environment, which cannot reach the loopback address.
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust)
        )
        with opener.open(request, timeout=timeout) as response:
            return json.load(response)

    def logs(self, *, since: datetime.datetime | None = None) -> list[str]:
        """The lines that Lambda functions logged, oldest first, also those whose log groups are gone."""
        lines: list[str] = self.call("/_local/logs", {"since": since.timestamp()} if since else None)["lines"]
        return lines

    def answers(self) -> bool:
        try:
            self.call("/_local/health", timeout=5)
        except OSError:
            return False
        return True

    def wait(self) -> None:
        """Until it ends, be it at the end of its lifetime."""
        while self.answers():
            time.sleep(1)

    def stop(self) -> None:
        """End it, and see it ended."""
        self.call("/_local/stop", timeout=5)
        while self.answers():
            time.sleep(0.05)
