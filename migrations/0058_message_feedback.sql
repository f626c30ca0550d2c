-- migrate:up
create table message_feedback (
  id uuid primary key,
  team_id uuid not null references teams (id) on delete cascade,
  message_id uuid not null references messages (id) on delete cascade,
  user_id uuid not null references users (id) on delete cascade,
  score smallint not null check (score in (-1, 1)),
  comment text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (message_id, user_id)
);
create index message_feedback_team_id_idx on message_feedback (team_id);
create index message_feedback_user_id_idx on message_feedback (user_id, id);
call isolate_tenants('message_feedback');

-- migrate:down
drop table message_feedback;
