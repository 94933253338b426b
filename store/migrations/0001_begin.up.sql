CREATE TABLE request_states (state TEXT PRIMARY KEY);
CREATE TABLE request_moves (
    from_state TEXT NOT NULL REFERENCES request_states (state),
    to_state   TEXT NOT NULL REFERENCES request_states (state),
    PRIMARY KEY (from_state, to_state)
);
CREATE TABLE grant_states (state TEXT PRIMARY KEY);
CREATE TABLE grant_moves (
    from_state TEXT NOT NULL REFERENCES grant_states (state),
    to_state   TEXT NOT NULL REFERENCES grant_states (state),
    PRIMARY KEY (from_state, to_state)
);

CREATE TABLE requests (
    id          {{id}},
    state       TEXT NOT NULL REFERENCES request_states (state),
    asker       TEXT NOT NULL,
    integration TEXT NOT NULL,
    type        TEXT NOT NULL,
    resource    TEXT NOT NULL,
    permission  TEXT NOT NULL,
    extends     BIGINT,
    nonce       TEXT UNIQUE,
    made_at     BIGINT,
    ticket_key  TEXT,
    ticket      TEXT,
    doc         TEXT NOT NULL
);
CREATE INDEX requests_asker ON requests (asker);
CREATE INDEX requests_state ON requests (state);
CREATE INDEX requests_entitlement ON requests (integration, type, resource, permission);
CREATE INDEX requests_extends ON requests (extends) WHERE extends IS NOT NULL;
CREATE INDEX requests_ticket_key ON requests (ticket_key) WHERE ticket_key IS NOT NULL;
CREATE INDEX requests_ticket ON requests (ticket) WHERE ticket IS NOT NULL;

CREATE TABLE request_asked (
    request_id BIGINT NOT NULL REFERENCES requests (id),
    person     TEXT NOT NULL,
    PRIMARY KEY (request_id, person)
);
CREATE INDEX request_asked_person ON request_asked (person);

CREATE TABLE decisions (
    id         {{id}},
    request_id BIGINT NOT NULL REFERENCES requests (id),
    doc        TEXT NOT NULL
);
CREATE INDEX decisions_request ON decisions (request_id);

CREATE TABLE holdings (
    id          {{id}},
    person      TEXT NOT NULL,
    integration TEXT NOT NULL,
    type        TEXT NOT NULL,
    resource    TEXT NOT NULL,
    permission  TEXT NOT NULL,
    open        BOOLEAN NOT NULL,
    stuck       BOOLEAN NOT NULL,
    doc         TEXT NOT NULL
);
CREATE UNIQUE INDEX holdings_one_open ON holdings (person, integration, type, resource, permission) WHERE open = TRUE;
CREATE INDEX holdings_open ON holdings (integration) WHERE open = TRUE;

CREATE TABLE grants (
    id         {{id}},
    state      TEXT NOT NULL REFERENCES grant_states (state),
    request_id BIGINT REFERENCES requests (id),
    holding_id BIGINT REFERENCES holdings (id),
    person     TEXT NOT NULL,
    doc        TEXT NOT NULL
);
CREATE INDEX grants_request ON grants (request_id);
CREATE INDEX grants_holding ON grants (holding_id);
CREATE INDEX grants_person ON grants (person);
CREATE INDEX grants_state ON grants (state);

CREATE TABLE entries (
    seq        BIGINT PRIMARY KEY,
    format     BIGINT NOT NULL,
    action     TEXT NOT NULL,
    request_id BIGINT,
    prev       TEXT NOT NULL,
    hash       TEXT NOT NULL UNIQUE,
    bytes      {{bytes}} NOT NULL
);
CREATE INDEX entries_request ON entries (request_id, seq);
CREATE INDEX entries_action ON entries (action, seq);
CREATE TABLE entry_words (
    seq   BIGINT PRIMARY KEY REFERENCES entries (seq),
    salt  {{bytes}} NOT NULL,
    words TEXT NOT NULL
);
CREATE TABLE chain_head (
    one  BIGINT PRIMARY KEY CHECK (one = 1),
    seq  BIGINT NOT NULL,
    hash TEXT NOT NULL
);
INSERT INTO chain_head (one, seq, hash) VALUES (1, 0, '');

CREATE TABLE queues (
    id    {{id}},
    lane  TEXT NOT NULL,
    scale TEXT NOT NULL,
    rank  BIGINT NOT NULL,
    UNIQUE (lane, scale, rank)
);
CREATE TABLE intents (
    id         {{id}},
    kind       TEXT NOT NULL,
    subject    TEXT NOT NULL,
    queue_id   BIGINT NOT NULL REFERENCES queues (id),
    due_at     BIGINT,
    generation BIGINT NOT NULL,
    attempt    BIGINT NOT NULL,
    owner      TEXT NOT NULL,
    claimed_to BIGINT,
    last_error TEXT NOT NULL,
    parked     BOOLEAN NOT NULL,
    UNIQUE (kind, subject)
);
CREATE INDEX intents_free ON intents (queue_id, due_at, id) WHERE owner = '';
CREATE INDEX intents_claimed ON intents (claimed_to) WHERE owner <> '';
CREATE TABLE lanes (
    name TEXT PRIMARY KEY,
    doc  TEXT NOT NULL
);

CREATE TABLE posts (
    id         {{id}},
    kind       TEXT NOT NULL,
    key        TEXT UNIQUE,
    platform   TEXT NOT NULL,
    workspace  TEXT NOT NULL,
    channel    TEXT NOT NULL,
    ts         TEXT NOT NULL,
    person     TEXT NOT NULL,
    request_id BIGINT REFERENCES requests (id),
    grant_id   BIGINT REFERENCES grants (id),
    final      BOOLEAN NOT NULL,
    doc        TEXT NOT NULL
);
CREATE UNIQUE INDEX posts_address ON posts (platform, workspace, channel, ts) WHERE ts <> '';
CREATE INDEX posts_request ON posts (request_id);
CREATE INDEX posts_grant ON posts (grant_id);
CREATE INDEX posts_person ON posts (person);

CREATE TABLE identities (
    platform  TEXT NOT NULL,
    workspace TEXT NOT NULL,
    account   TEXT NOT NULL,
    person    TEXT NOT NULL,
    doc       TEXT NOT NULL,
    PRIMARY KEY (platform, workspace, account)
);
CREATE INDEX identities_person ON identities (person);
CREATE TABLE people (
    id  {{sorted}} PRIMARY KEY,
    doc TEXT NOT NULL
);

CREATE TABLE resources (
    integration {{sorted}} NOT NULL,
    type        {{sorted}} NOT NULL,
    id          {{sorted}} NOT NULL,
    lower_name  {{sorted}} NOT NULL,
    hidden      BOOLEAN NOT NULL,
    doc         TEXT NOT NULL,
    PRIMARY KEY (integration, type, id)
);
CREATE INDEX resources_name ON resources (lower_name, integration, type, id, hidden);
CREATE TABLE members (
    integration TEXT NOT NULL,
    type        TEXT NOT NULL,
    resource    TEXT NOT NULL,
    permission  TEXT NOT NULL,
    person      TEXT NOT NULL,
    since_at    BIGINT NOT NULL,
    PRIMARY KEY (integration, type, resource, permission, person)
);
CREATE TABLE syncs (
    integration TEXT PRIMARY KEY,
    doc         TEXT NOT NULL
);

CREATE TABLE deeds (
    id  {{id}},
    key TEXT UNIQUE,
    doc TEXT NOT NULL
);

CREATE TABLE flow_texts (
    hash TEXT PRIMARY KEY,
    body {{bytes}} NOT NULL
);
CREATE TABLE pins (
    kind   TEXT NOT NULL,
    name   TEXT NOT NULL,
    pinned TEXT NOT NULL,
    PRIMARY KEY (kind, name)
);
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
