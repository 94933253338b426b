CREATE TABLE turns (
    integration TEXT NOT NULL,
    schedule    TEXT NOT NULL,
    level       BIGINT NOT NULL,
    person      {{sorted}} NOT NULL,
    from_at     BIGINT NOT NULL,
    to_at       BIGINT NOT NULL,
    since_at    BIGINT NOT NULL,
    PRIMARY KEY (integration, schedule, level, person, from_at)
);
