"""What an operator does for readers: roles, what was set aside, an edition seen before anybody gets it."""
