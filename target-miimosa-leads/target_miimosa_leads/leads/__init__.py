"""What a lead is: the API's contract, its fingerprints, and what is decided about it."""
