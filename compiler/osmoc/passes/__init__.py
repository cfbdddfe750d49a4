"""The passes of the compiler, each a function from one frozen type to the next."""
