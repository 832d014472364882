"""Training, validation and output data, and where an imported model comes from."""
