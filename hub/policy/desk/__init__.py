"""The review desk: what waits for reviewers, and one case with everything needed to decide it fairly."""
