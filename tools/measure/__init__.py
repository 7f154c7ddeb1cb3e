"""Measurements: what the course says about speed and accuracy, and the README's table."""
