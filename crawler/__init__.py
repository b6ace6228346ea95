"""Brings pages home: the Scrapy project, and the reading of what it brings."""
