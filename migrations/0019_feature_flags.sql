-- migrate:up
create table feature_flags (
  id uuid primary key,
  name text not null,
  description text,
  enabled boolean not null default false,
  -- Whom an enabled flag is on for; empty: everybody.
  rule jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index feature_flags_name_idx on feature_flags (name);

-- migrate:down
drop table feature_flags;
