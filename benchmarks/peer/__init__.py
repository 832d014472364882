"""The peer: the same models on CDK's own `custom_resources.Provider`, as a careful engineer writes it in a day.

It starts under a token, waits, tags in place, stops what runs and passes Bedrock's message on. What `Provider` decides:
one answer within an hour (a job that takes longer fails with "Operation timed out", and the rollback's Delete stops
it), a look every 5 seconds by default, no look-up of an earlier run.
"""
