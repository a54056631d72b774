"""What keeps floods and throwaway addresses out: limits, proof of work, refused domains."""
