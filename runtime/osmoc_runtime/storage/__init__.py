"""Stores of objects: one interface, S3 by own signatures, and folders."""
