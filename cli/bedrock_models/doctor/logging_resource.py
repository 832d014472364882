"""An InvocationLogging of a template, as it asks Bedrock for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bedrock_models import contract
from bedrock_models.doctor.resolved_template import ResolvedTemplate


@dataclass(frozen=True, kw_only=True)
class LoggingResource:
    """An InvocationLogging of a template. `role` is empty without a log group."""

    path: str
    template: ResolvedTemplate
    config: Mapping[str, Any]
    adopts: bool
    adopted_role: str

    @classmethod
    def of(cls, template: ResolvedTemplate, id: str) -> "LoggingResource":
        """The resource of that logical id."""
        settings = template.properties(id).get(contract.SETTINGS, {})
        request = settings.get("Request", {})
        return cls(
            path=settings.get("Path", id),
            template=template,
            config=request.get("loggingConfig", {}),
            adopts=str(settings.get("Adopt", False)).lower() == "true",
            adopted_role=request.get("adoptedRoleArn", ""),
        )

    @property
    def role(self) -> str:
        """The role that writes to the log group."""
        return str(self.config.get("cloudWatchConfig", {}).get("roleArn", ""))

    @property
    def buckets(self) -> dict[str, str]:
        """The prefix in each bucket."""
        large = self.config.get("cloudWatchConfig", {}).get("largeDataDeliveryS3Config")
        given = [each for each in (self.config.get("s3Config"), large) if each]
        return {str(each["bucketName"]): str(each.get("keyPrefix", "")) for each in given}
