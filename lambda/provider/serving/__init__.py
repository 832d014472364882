"""Custom::BedrockCustomModelDeployment and Custom::BedrockProvisionedModelThroughput."""
