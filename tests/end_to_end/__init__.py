"""The whole of Paperpost at work: real broker, workers, database, mail server and browser."""
