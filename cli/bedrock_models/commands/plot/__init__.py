"""`bedrock-models plot`."""
