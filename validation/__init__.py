"""Paired experiments: the walk of a study, verdicts, published cases and the report."""
