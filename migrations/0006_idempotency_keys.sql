-- migrate:up
create table idempotency_keys (
  team_id uuid not null references teams (id) on delete cascade,
  user_id uuid not null references users (id) on delete cascade,
  key text not null,
  request_hash bytea not null,
  status_code integer,
  response jsonb,
  -- A request that died while in flight gives its key back then.
  locked_until timestamptz not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  primary key (user_id, team_id, key)
);
create index idempotency_keys_team_id_idx on idempotency_keys (team_id);
create index idempotency_keys_expires_at_idx on idempotency_keys (expires_at);
call isolate_tenants('idempotency_keys');

-- migrate:down
drop table idempotency_keys;
