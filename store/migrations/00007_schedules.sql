-- +goose Up
CREATE TABLE schedules (
    name  TEXT PRIMARY KEY,
    entry TEXT NOT NULL
);

-- +goose Down
DROP TABLE schedules;
