"""What any service needs and no library has: each module stands alone and knows nothing of Paperpost."""
