"""The web layer: what every feature's views share. Knows no feature."""
