"""The course's notebooks: their order, their stamps, their execution."""
