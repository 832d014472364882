"""Custom::BedrockCustomModel: CreateCustomModel."""
