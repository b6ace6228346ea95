"""One file a command: each names its intent, asks the room that knows, and reports."""
