"""Tests of the plugin certificates."""
