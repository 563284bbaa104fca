"""Validation of what is posted: rules on the series of a meter. Nothing is repaired, only told."""
