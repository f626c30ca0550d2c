-- migrate:up
-- No foreign keys: an entry outlives whom and what it names.
create table audit_log (
  id uuid primary key,
  -- Null for nobody signed in, and for the service itself.
  actor_id uuid,
  -- Who acts in the actor's name.
  impersonator_id uuid,
  action text not null,
  outcome text not null check (outcome in ('success', 'failure')),
  reason text,
  target_type text,
  target_id text,
  before jsonb,
  after jsonb,
  ip inet,
  trace_id text,
  created_at timestamptz not null default now()
);
create index audit_log_created_at_idx on audit_log (created_at desc, id desc);
create index audit_log_actor_id_created_at_idx on audit_log (actor_id, created_at desc);
create index audit_log_action_created_at_idx on audit_log (action, created_at desc);
create index audit_log_target_id_created_at_idx on audit_log (target_id, created_at desc);

-- migrate:down
drop table audit_log;
