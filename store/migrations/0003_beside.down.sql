DROP TABLE schema_steps;
