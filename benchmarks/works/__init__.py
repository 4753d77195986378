"""One module per work: what is asked of the programs, and what is expected of ours."""
