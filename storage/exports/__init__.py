"""What the archive gives back in the formats of the field: WARC, CDXJ and WACZ. Reads the archive, writes to a file."""
