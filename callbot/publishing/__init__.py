"""From the YAML that people edit to what residents hear: drafts, versions, publication."""
