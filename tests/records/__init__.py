"""Tests of the plugin records."""
