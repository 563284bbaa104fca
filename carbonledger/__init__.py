"""CarbonLedger: double-entry books for energy, material, waste and carbon."""

__version__ = "0.1.0"
