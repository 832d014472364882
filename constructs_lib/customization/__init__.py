"""Customization types, their hyperparameters, and the facts about base models."""
