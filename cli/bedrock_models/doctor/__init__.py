"""`bedrock-models doctor`: what Bedrock will check, checked before it costs money."""
