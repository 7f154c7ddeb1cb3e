"""Tests of the comparison. A package: its conftest is another file than that of all tests."""
