"""What a run writes besides the journal: STATE, the dead letter, and the run summary."""
