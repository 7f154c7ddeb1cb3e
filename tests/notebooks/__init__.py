"""Tests of the notebooks. A package: test files may be named like those of other folders."""
