"""What the pages show, worked out as records: the templates only lay them out."""
