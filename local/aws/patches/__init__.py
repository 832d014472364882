"""Patches of ministack: one module for each behavior that differs from AWS.

`patch.py` checks and applies them, `names/` declares the private names of ministack that they use, and
`local/aws/assembly.py` lists them.
"""
