"""The surroundings of a model customization job: service role, network, events, warnings."""
