"""One module for each kind of file that the demo council's documents are made as."""
