"""The tests: the same names as the house; folders below carry an __init__.py as well."""
