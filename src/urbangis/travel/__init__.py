"""Travel costs from everyone to their nearest facility, and the areas within reach."""
