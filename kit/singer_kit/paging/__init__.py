"""The pages of a list, and the links between them."""
