"""What a missing value was, most likely: pure functions on whole millionths, exact when summed."""
