"""The constructors of the typed spec, a module for each part of the language, for `passes/check.py`."""
