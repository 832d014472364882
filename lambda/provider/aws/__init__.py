"""AWS as the handlers see it: clients, errors, statuses, pagination, types."""
