"""Times and speeds. The only module that knows 60 and 3.6."""


def minutes(value_min: float) -> float:
    """Minutes to seconds."""
    return value_min * 60.0


def to_minutes(value_s: float) -> float:
    """Seconds to minutes."""
    return value_s / 60.0


def kmh(value_kmh: float) -> float:
    """Kilometres per hour to metres per second."""
    return value_kmh / 3.6
