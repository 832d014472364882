"""The commands: each a module, or a folder with `command.py` where it takes more than one."""
