"""A derivation as a whole: the document, what it is bound to, its rendering, its doubts, where it is found."""
