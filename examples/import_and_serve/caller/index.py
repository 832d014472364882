"""Puts a question to a custom model of Amazon Bedrock."""

import os
from typing import Any

import boto3

_RUNTIME = boto3.client("bedrock-runtime")


def handler(event: dict[str, Any], _context: object) -> dict[str, str]:
    """`{"question": "..."}` in, `{"answer": "..."}` out."""
    answered = _RUNTIME.converse(
        modelId=os.environ["MODEL_ID"],
        messages=[{"role": "user", "content": [{"text": event["question"]}]}],
        inferenceConfig={"maxTokens": 300},
    )
    return {"answer": "".join(block.get("text", "") for block in answered["output"]["message"]["content"])}
