"""Plugin definitions for Meltano, made from what the plugins say of themselves."""
