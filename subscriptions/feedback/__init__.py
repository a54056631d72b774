"""What comes back about mail that was sent: bounces, complaints, automatic replies, people's words."""
