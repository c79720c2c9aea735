-- +goose Up
CREATE TABLE profiles (
    name  TEXT PRIMARY KEY,
    entry TEXT NOT NULL
);

ALTER TABLE users ADD COLUMN offices TEXT NOT NULL DEFAULT 'null';
ALTER TABLE users ADD COLUMN sets_others BIGINT NOT NULL DEFAULT 0;

-- When a status of an agent began. It ended when his next one began.
CREATE TABLE statuses (
    agent    TEXT   NOT NULL,
    began_us BIGINT NOT NULL,
    status   TEXT   NOT NULL,
    PRIMARY KEY (agent, began_us)
);

-- +goose Down
DROP TABLE statuses;
ALTER TABLE users DROP COLUMN sets_others;
ALTER TABLE users DROP COLUMN offices;
DROP TABLE profiles;
