"""What a model check is made of: its records, its state machine, and the function that asks a candidate."""
