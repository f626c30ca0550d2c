-- migrate:up
-- What OpenAI's responses API keeps; the rows go when their retention is over.
create table responses (
  id uuid primary key,
  team_id uuid not null references teams (id) on delete cascade,
  user_id uuid not null references users (id) on delete cascade,
  -- No reference: a response that goes takes none of those that follow it along.
  previous_id uuid,
  -- As text: what models and callers write may hold characters that jsonb refuses.
  input json not null,
  body json not null,
  created_at timestamptz not null default now()
);
create index responses_team_id_idx on responses (team_id);
create index responses_user_id_idx on responses (user_id, id);
create index responses_created_at_idx on responses (created_at);
call isolate_tenants('responses');

-- migrate:down
drop table responses;
