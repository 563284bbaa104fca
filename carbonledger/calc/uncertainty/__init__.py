"""Uncertainty of an inventory: how far its figures may be off, and which input to mend first."""
