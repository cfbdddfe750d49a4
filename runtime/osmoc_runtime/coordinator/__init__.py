"""Opens gates, ends what lies downstream of a failure, and states the workflow's fate. The standard library
alone.
"""
