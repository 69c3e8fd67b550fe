"""The sensors page: find sensors, put them on muscles, see their signals, check and calibrate them."""
