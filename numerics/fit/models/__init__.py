"""The library's own models as forms of the loss, and whether a table may be of one of them."""
