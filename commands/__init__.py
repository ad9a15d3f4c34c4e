"""What each command of the front door does: all rooms may be used here, and nobody uses this one but newsgauge.py."""
