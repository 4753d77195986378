-- Beside the warehouse: Meltano's own, and the journal of leads, which other people may read.
create database meltano;
create database leads;
