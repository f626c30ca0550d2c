-- migrate:up
-- What providers tell us, each event once.
create table webhook_events (
  id uuid primary key,
  provider text not null,
  -- The provider's own.
  event_id text not null,
  type text not null,
  -- Gone once it was processed, for it names people.
  payload jsonb,
  status text not null default 'pending' check (status in ('pending', 'processed', 'parked')),
  attempts integer not null default 0,
  error text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index webhook_events_provider_event_id_idx on webhook_events (provider, event_id);
create index webhook_events_created_at_idx on webhook_events (created_at);

-- migrate:down
drop table webhook_events;
