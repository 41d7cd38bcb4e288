"""One kind of table: what a list has, the address of a page of it, its rows and the selection among them."""
