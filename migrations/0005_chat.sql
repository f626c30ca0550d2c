-- migrate:up
create table sessions (
  id uuid primary key,
  team_id uuid not null references teams (id) on delete cascade,
  user_id uuid not null references users (id) on delete cascade,
  project_id uuid references projects (id) on delete cascade,
  -- Null until its owner names it or the first message does.
  name text,
  model text,
  last_message_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index sessions_user_id_team_id_idx on sessions (user_id, team_id, created_at desc, id desc);
create index sessions_team_id_idx on sessions (team_id);
create index sessions_project_id_idx on sessions (project_id);
call isolate_tenants('sessions');

-- One run answers one message. Its process renews the lease; a run whose lease has passed is lost.
create table runs (
  id uuid primary key,
  team_id uuid not null references teams (id) on delete cascade,
  user_id uuid not null references users (id) on delete cascade,
  session_id uuid not null references sessions (id) on delete cascade,
  status text not null check (status in ('running', 'done', 'failed', 'cancelled')),
  model text not null,
  trace_id text not null,
  lease_until timestamptz not null,
  -- How other processes talk to the one that runs it: stop, and somebody still follows.
  cancel_requested_at timestamptz,
  watched_at timestamptz,
  finished_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
-- At most one run of a session at a time.
create unique index runs_session_id_running_idx on runs (session_id) where status = 'running';
create index runs_session_id_idx on runs (session_id);
create index runs_user_id_idx on runs (user_id);
create index runs_team_id_idx on runs (team_id);
create index runs_lease_until_idx on runs (lease_until) where status = 'running';
create index runs_finished_at_idx on runs (finished_at);
call isolate_tenants('runs');

create table messages (
  id uuid primary key,
  team_id uuid not null references teams (id) on delete cascade,
  session_id uuid not null references sessions (id) on delete cascade,
  run_id uuid references runs (id) on delete set null,
  role text not null check (role in ('user', 'assistant', 'system', 'tool')),
  content text not null,
  model text,
  status text not null check (status in ('pending', 'complete', 'aborted', 'incomplete')),
  citations jsonb not null default '[]',
  prompt_tokens integer not null default 0,
  completion_tokens integer not null default 0,
  -- Millionths of `currency`, turned from US dollars by the rate of that moment.
  cost_micros bigint not null default 0,
  cost_usd_rate double precision not null default 1,
  currency text not null default 'USD',
  usage_estimated boolean not null default false,
  latency_ms integer,
  finish_reason text,
  error text,
  trace_id text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index messages_session_id_created_at_idx on messages (session_id, created_at, id);
create index messages_run_id_idx on messages (run_id);
create index messages_team_id_idx on messages (team_id);
call isolate_tenants('messages');

-- A batch of a run's stream events, written as they come: what a resume reads after a restart.
create table run_events (
  run_id uuid not null references runs (id) on delete cascade,
  first_event_id integer not null,
  last_event_id integer not null,
  team_id uuid not null references teams (id) on delete cascade,
  -- One JSON text a line, byte for byte as sent.
  events text not null,
  created_at timestamptz not null default now(),
  primary key (run_id, first_event_id)
);
create index run_events_created_at_idx on run_events (created_at);
create index run_events_team_id_idx on run_events (team_id);
call isolate_tenants('run_events');

-- What was used, one row each time something is metered, in the transaction of what it pays for.
create table usage_records (
  id uuid primary key,
  team_id uuid not null references teams (id) on delete cascade,
  user_id uuid references users (id) on delete set null,
  metric text not null,
  amount bigint not null,
  cost_micros bigint not null default 0,
  cost_usd_rate double precision not null default 1,
  currency text not null default 'USD',
  dimensions jsonb not null default '{}',
  trace_id text,
  created_at timestamptz not null default now()
);
create index usage_records_team_id_created_at_idx on usage_records (team_id, created_at);
create index usage_records_user_id_idx on usage_records (user_id);
call isolate_tenants('usage_records');

-- The agent's state has no foreign key of its own, and sessions also go by cascades.
create function delete_session_checkpoints() returns trigger language plpgsql as $$
begin
  delete from checkpoint_writes where thread_id = old.id::text;
  delete from checkpoint_blobs where thread_id = old.id::text;
  delete from checkpoints where thread_id = old.id::text;
  return old;
end $$;
create trigger sessions_delete_checkpoints after delete on sessions
  for each row execute function delete_session_checkpoints();

-- migrate:down
drop table usage_records, run_events, messages, runs, sessions;
drop function delete_session_checkpoints();
