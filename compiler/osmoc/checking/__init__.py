"""The constructors of the typed spec, one module for each part of the language; `passes/check.py` calls them in order."""
