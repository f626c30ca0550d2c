-- migrate:up
-- An account on its way out, and afterwards what went with it.
create table user_erasures (
  id uuid primary key,
  -- Null once the user is gone.
  user_id uuid references users (id) on delete set null,
  -- Takes the user's place in the audit log; null once it has.
  pseudonym uuid,
  -- Teams that go with the user, their only member.
  team_ids uuid[] not null default '{}',
  -- Counts by kind, taken before anything went; null until then.
  tally jsonb,
  finished_at timestamptz,
  created_at timestamptz not null default now(),
  -- The last sign of life of the job that erases.
  updated_at timestamptz not null default now()
);
create unique index user_erasures_user_id_idx on user_erasures (user_id);
create index user_erasures_unfinished_idx on user_erasures (updated_at) where finished_at is null;
create index user_erasures_finished_at_idx on user_erasures (finished_at) where finished_at is not null;

-- An erasure looks for the user in each of an entry's columns.
create index audit_log_impersonator_id_idx on audit_log (impersonator_id) where impersonator_id is not null;

-- migrate:down
drop index audit_log_impersonator_id_idx;
drop table user_erasures;
