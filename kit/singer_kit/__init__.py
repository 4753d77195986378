"""Source shared by the connectors of this repository.

Not a distribution: every package that needs it holds a symlink ``_kit`` to this folder and ships
the files as its own, so that each package installs and runs alone. Imports inside are relative.
"""
