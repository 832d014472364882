"""Custom::BedrockModelCustomizationJob: CreateModelCustomizationJob and its run."""
