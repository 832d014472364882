"""`bedrock-models orphans`."""
