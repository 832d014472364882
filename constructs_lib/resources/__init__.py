"""Custom resources, the chain of waits behind a long one, and service roles."""
