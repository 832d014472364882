"""Custom::BedrockInvocationLogging: PutModelInvocationLoggingConfiguration."""
