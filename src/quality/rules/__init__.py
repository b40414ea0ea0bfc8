"""Named rules of the raw tables. A rule's function name is the finding; its predicate is true where a row is broken."""
