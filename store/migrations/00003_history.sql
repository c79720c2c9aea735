-- +goose Up
ALTER TABLE calls ADD COLUMN kind TEXT NOT NULL DEFAULT 'inbound';
ALTER TABLE calls ADD COLUMN recordings TEXT NOT NULL DEFAULT 'null';

-- What became of a sound file. It may be known only after the record of its call was written.
CREATE TABLE recordings (
    file      TEXT   PRIMARY KEY,
    length_us BIGINT NOT NULL,
    problem   TEXT   NOT NULL
);

-- +goose Down
DROP TABLE recordings;
ALTER TABLE calls DROP COLUMN recordings;
ALTER TABLE calls DROP COLUMN kind;
