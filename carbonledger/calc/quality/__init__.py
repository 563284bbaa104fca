"""Data quality of an inventory: grades of its activity data, pedigree of its factors."""
