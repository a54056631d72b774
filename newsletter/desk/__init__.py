"""What an editor does to a day: each act is checked, logged and undoable."""
