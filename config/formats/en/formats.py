"""English dates as Podium writes them: no order of day and month that half of the world reads the other way round."""

DATE_FORMAT = "j M Y"
DATETIME_FORMAT = "j M Y, H:i"
TIME_FORMAT = "H:i"
