"""Somebody who calls a deployment all the time, and keeps who answered."""

import itertools
import json
import threading
from types import TracebackType

from local.aws import RunningAws

# Seconds: a swap takes longer, and the server has others to serve.
_PAUSE = 0.15


class Caller:
    """Looks a deployment up and invokes it, again and again, for the length of a `with` block."""

    def __init__(self, aws: RunningAws, deployment_arn: str) -> None:
        self._bedrock, self._runtime = aws.client("bedrock"), aws.client("bedrock-runtime")
        self._arn = deployment_arn
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._call_until_over, daemon=True)
        self.answered_by: list[str] = []
        self.failures: list[str] = []

    def __enter__(self) -> "Caller":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    @property
    def models(self) -> list[str]:
        """The models that answered, each once for as long as it did."""
        return [arn for arn, _ in itertools.groupby(self.answered_by)]

    def _call_until_over(self) -> None:
        over = False
        while not over:
            # The last call comes after the end, so that the last change is always seen.
            over = self._over.wait(_PAUSE)
            try:
                self._call()
            except Exception as error:
                self.failures.append(str(error))

    def _call(self) -> None:
        found = self._bedrock.get_custom_model_deployment(customModelDeploymentIdentifier=self._arn)
        if found["status"] != "Active":
            self.failures.append(f"the deployment is {found['status']}")
        answer = self._runtime.invoke_model(modelId=self._arn, body=b"{}")
        self.answered_by.append(json.loads(answer["body"].read())["modelArn"])
