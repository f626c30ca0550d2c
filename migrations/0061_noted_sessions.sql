-- migrate:up
-- What a program keeps with a session: notes to find it by, its own name for it, and when it may go.
alter table sessions
  add column metadata jsonb not null default '{}',
  -- Chosen by who made the session; a name for its user alone.
  add column external_id uuid,
  -- How long it is kept after its last change; for ever without it.
  add column ttl_minutes integer check (ttl_minutes > 0);
create unique index sessions_team_id_user_id_external_id_idx on sessions (team_id, user_id, external_id)
  where external_id is not null;
create index sessions_ttl_minutes_idx on sessions (updated_at) where ttl_minutes is not null;

-- migrate:down
drop index sessions_ttl_minutes_idx;
drop index sessions_team_id_user_id_external_id_idx;
alter table sessions drop column metadata, drop column external_id, drop column ttl_minutes;
