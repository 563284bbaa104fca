"""What happens to meters after their files were read: events, and estimates of what is missing."""
