"""Training: batches, steps, and the loop over epochs."""
