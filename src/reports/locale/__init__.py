"""Our codes in the reader's words, English and Chinese."""
