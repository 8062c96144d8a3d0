"""The command line: what can be asked of `vigil`, and the commands that need no window.

`command` says what a command is, `parser` reads arguments, `running` starts a body and turns a
problem into one line and an exit code. Each room's commands stand in a file of their own.
"""
