"""What `make bench` runs: measurements of the hub against floors and goals, each part by its name."""
