"""Charts as pure functions: numbers and words in, SVG markup out, everything escaped."""
