"""The life of a resource, whatever its type: owner, name, adoption, start, deletion, the stack's status."""
