"""All that runs Paperpost on one machine: embedded broker, mail catcher, sample sources, supervisor."""
