"""Tests of the networks. A package: its conftest is another file than that of all tests."""
