"""The demo council: its words, its files and the seeding of both."""
