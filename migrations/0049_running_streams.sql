-- migrate:up
-- The streams that a team has at a time are counted before each call, beside all that it ever reserved.
create index spend_reservations_team_id_streams_idx on spend_reservations (team_id) where status = 'held' and is_stream;

-- migrate:down
drop index spend_reservations_team_id_streams_idx;
