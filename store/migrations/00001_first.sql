-- Both databases run this. Times are microseconds since 1970 UTC, 0 for never; what nobody searches for is JSON in TEXT.

-- +goose Up
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE users (
    name     TEXT PRIMARY KEY,
    role     TEXT NOT NULL,
    teams    TEXT NOT NULL,
    password TEXT NOT NULL,
    ha1_md5  TEXT NOT NULL,
    ha1_sha  TEXT NOT NULL,
    pin      TEXT NOT NULL,
    desk_md5 TEXT NOT NULL,
    desk_sha TEXT NOT NULL
);

CREATE TABLE agents (
    id       TEXT PRIMARY KEY,
    entry    TEXT NOT NULL,
    presence TEXT NOT NULL
);

CREATE TABLE queues (
    name  TEXT PRIMARY KEY,
    entry TEXT NOT NULL
);

CREATE TABLE calls (
    id          TEXT PRIMARY KEY,
    from_number TEXT   NOT NULL,
    from_name   TEXT   NOT NULL,
    dialled     TEXT   NOT NULL,
    queue       TEXT   NOT NULL,
    began_us    BIGINT NOT NULL,
    answered_us BIGINT NOT NULL,
    ended_us    BIGINT NOT NULL,
    cause       TEXT   NOT NULL,
    ended_by    TEXT   NOT NULL,
    legs        TEXT   NOT NULL,
    switches    TEXT   NOT NULL
);
CREATE INDEX calls_ended ON calls (ended_us, id);
CREATE INDEX calls_queue ON calls (queue, ended_us, id);

-- Who took part in a call, for the history of one agent.
CREATE TABLE call_agents (
    agent    TEXT   NOT NULL,
    ended_us BIGINT NOT NULL,
    call_id  TEXT   NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
    PRIMARY KEY (agent, ended_us, call_id)
);

CREATE TABLE audit (
    seq     BIGINT PRIMARY KEY,
    at_us   BIGINT NOT NULL,
    by_user TEXT   NOT NULL,
    action  TEXT   NOT NULL,
    subject TEXT   NOT NULL,
    result  TEXT   NOT NULL,
    detail  TEXT   NOT NULL
);
CREATE INDEX audit_at ON audit (at_us, seq);
CREATE INDEX audit_subject ON audit (subject, at_us, seq);
CREATE INDEX audit_by ON audit (by_user, at_us, seq);

-- +goose Down
DROP TABLE audit;
DROP TABLE call_agents;
DROP TABLE calls;
DROP TABLE queues;
DROP TABLE agents;
DROP TABLE users;
DROP TABLE meta;
