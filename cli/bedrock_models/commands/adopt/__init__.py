"""`bedrock-models adopt`."""
