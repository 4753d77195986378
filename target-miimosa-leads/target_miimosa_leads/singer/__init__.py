"""The Singer side: the target, its message reader, and the sink that turns records into leads."""
