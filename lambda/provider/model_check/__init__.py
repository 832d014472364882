"""Custom::BedrockModelCheck: whether a model is good enough to be served."""
