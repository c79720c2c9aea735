-- +goose Up
CREATE TABLE sites (
    name     TEXT PRIMARY KEY,
    networks TEXT NOT NULL
);

CREATE TABLE policies (
    team  TEXT PRIMARY KEY,
    entry TEXT NOT NULL
);

-- +goose Down
DROP TABLE policies;
DROP TABLE sites;
