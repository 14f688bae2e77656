"""The test phone of ``callbot call``: holds one real call and reports what happened."""
