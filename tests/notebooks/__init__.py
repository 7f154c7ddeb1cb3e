"""Tests of the notebooks. A package, so that a test file may be named like one of another folder."""
