"""What Paperpost is measured by: ``python -m benchmarks [NAME …]`` prints one JSON line a figure."""
