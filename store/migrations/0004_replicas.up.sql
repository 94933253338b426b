CREATE TABLE replicas (
    owner    {{sorted}} PRIMARY KEY,
    until_at BIGINT NOT NULL,
    sockets  BIGINT NOT NULL,
    counted  BIGINT NOT NULL
);
