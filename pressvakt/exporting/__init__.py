"""Results as files: tables in every format, whole releases, and the evidence of one change."""
