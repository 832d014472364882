"""The command line `bedrock-models`: looks at, watches, plots and cleans up what the constructs made in an account."""
