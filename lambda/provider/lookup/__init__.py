"""Custom::BedrockModelLookup: finds what exists already, and makes, changes and deletes nothing."""
