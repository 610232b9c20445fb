"""The policy's next version while it is written: kept, compared, approved by a second person, published."""
