CREATE TABLE schema_steps (
    version    BIGINT PRIMARY KEY,
    name       TEXT NOT NULL,
    works_from BIGINT NOT NULL
);
