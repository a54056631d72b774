"""What a service needs and no library has. Each module stands alone and knows nothing of newsletters."""
