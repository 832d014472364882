"""The provider of a stack: its two functions, their permissions, network, key and state machine."""
