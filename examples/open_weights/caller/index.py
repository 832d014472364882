"""Puts a question to an imported model. One that nobody has asked for a while has no running copy: it is waited for."""

import os
from typing import Any

import boto3
from botocore.config import Config

# "Model is not ready for inference" is retried by the SDK; the pauses between 30 attempts add up to some four minutes.
_RUNTIME = boto3.client("bedrock-runtime", config=Config(retries={"total_max_attempts": 30, "mode": "standard"}))


def handler(event: dict[str, Any], _context: object) -> dict[str, str]:
    """`{"question": "..."}` in, `{"answer": "..."}` out."""
    answered = _RUNTIME.converse(
        modelId=os.environ["MODEL_ID"],
        messages=[{"role": "user", "content": [{"text": event["question"]}]}],
        inferenceConfig={"maxTokens": 300},
    )
    return {"answer": "".join(block.get("text", "") for block in answered["output"]["message"]["content"])}
