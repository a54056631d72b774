"""Local stand-ins and helpers that run Paperpost on one machine: broker, mail catcher, sample sources, supervisor."""
