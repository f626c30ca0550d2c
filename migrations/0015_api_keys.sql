-- migrate:up
create table api_keys (
  id uuid primary key,
  team_id uuid not null references teams (id) on delete cascade,
  -- Whom it acts as: a person, or the service user of the team.
  user_id uuid not null references users (id) on delete cascade,
  -- Who made it, and may be gone.
  created_by_id uuid references users (id) on delete set null,
  kind text not null check (kind in ('personal', 'team')),
  name text not null,
  -- The beginning of the key, by which people know it again.
  prefix text not null,
  hash bytea not null,
  scopes text[] not null check (cardinality(scopes) > 0 and scopes <@ array['read', 'write', 'worker']),
  expires_at timestamptz,
  last_used_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index api_keys_hash_idx on api_keys (hash);
create index api_keys_team_id_created_at_idx on api_keys (team_id, created_at desc);
create index api_keys_user_id_idx on api_keys (user_id);
create index api_keys_created_by_id_idx on api_keys (created_by_id);
call isolate_tenants('api_keys');

-- migrate:down
drop table api_keys;
