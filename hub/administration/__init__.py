"""Looking after the hub: health, people, spaces, jobs, announcements, backups."""
