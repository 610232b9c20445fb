"""What a writer meets before posting: the hint while writing, and the one page *Before you post*."""
