"""The Step Functions waiter: its executions, its state, and the queue for starts."""
