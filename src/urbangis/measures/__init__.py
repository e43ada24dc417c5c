"""What travel times mean for people: coverage rates by zone."""
