"""Bytes to release: profiles, discovery, screening, extraction. Knows no Scrapy."""
