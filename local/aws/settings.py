"""Settings of one local AWS, which travel to the server process as JSON."""

import dataclasses
import json


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """The knobs of one local AWS.

    `time_scale` is how many seconds pass for Bedrock in one real second, `sfn_wait_scale` shortens (below 1) the waits
    and retry intervals of Step Functions, and `longest_answer` caps the seconds a custom resource has for its answer.
    `deliver_twice` hands every custom resource event to its Lambda a second time, as asynchronous invocation may.
    `cleanup_attempts` is how often CloudFormation tries to delete what an update or a rollback leaves over.
    `profiles` are names of `local.bedrock.Profile`: what Amazon Bedrock answers otherwise than documented.
    """

    account: str = "111122223333"
    region: str = "us-east-1"
    auth: bool = True
    tls: bool = True
    time_scale: float = 600.0
    sfn_wait_scale: float = 0.01
    job_quota: int | None = None
    longest_answer: int = 3600
    deliver_twice: bool = False
    cleanup_attempts: int = 3
    lifetime_seconds: float = 8 * 3600
    profiles: tuple[str, ...] = ()

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Settings":
        given = json.loads(text)
        return cls(**{**given, "profiles": tuple(given.get("profiles", ()))})
