-- +goose Up
CREATE INDEX statuses_began ON statuses (began_us, agent);

-- +goose Down
DROP INDEX statuses_began;
