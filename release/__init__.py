"""What has to be true of a package before it is published."""
