"""The provider behind the custom resources: starts, adopts, waits for, tags and deletes custom models."""
