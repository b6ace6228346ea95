"""The web: pages that people read, the HTTP API, feeds and Memento. It reads the archive and fetches nothing."""
