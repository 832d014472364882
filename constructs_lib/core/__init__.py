"""What every construct needs: checks of arguments, scopes, policies, keys, warnings. Imports nothing above it."""
