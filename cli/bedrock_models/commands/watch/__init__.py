"""`bedrock-models watch`."""
