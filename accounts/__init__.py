"""Many accounts of the APIs from one table: a Meltano plugin, job, schema and schedule for each."""
