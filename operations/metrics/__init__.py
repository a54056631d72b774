"""What a monitor may ask for: how much, how fast and how old, in Prometheus' text format, without names."""
