"""Where the kit meets the Singer SDK: streams, taps and the command line."""
