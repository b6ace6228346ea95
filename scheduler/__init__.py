"""When things happen: which pages are due."""
