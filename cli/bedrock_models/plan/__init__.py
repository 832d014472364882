"""`bedrock-models plan`: what a deployment would do to models, deployments and throughput, and what that costs."""

from bedrock_models.plan import provider_code

__all__ = ["provider_code"]
