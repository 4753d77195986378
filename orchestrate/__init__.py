"""The accounts, the leads and the models as Dagster assets; runs in an environment of its own."""
