"""What a map shows: its ground, zones, homes and colours, ready to be drawn."""
