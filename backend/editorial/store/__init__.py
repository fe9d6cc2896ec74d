"""The tables of editorial and the repositories over them."""
