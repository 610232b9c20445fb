"""The policy's own memory: the hash-chained audit rows, what is kept how long, and what people can take with them."""
