"""What was said about a mail that we sent, read and recorded: bounces, complaints, replies."""
