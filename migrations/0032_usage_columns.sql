-- migrate:up
-- What a model call used, in columns that can be summed and filtered.
alter table usage_records
  add column project_id uuid references projects (id) on delete set null,
  add column api_key_id uuid references api_keys (id) on delete set null,
  -- Without foreign keys: a bill outlives the conversation that it is for.
  add column session_id uuid,
  add column run_id uuid,
  add column call_id uuid,
  add column provider text,
  add column model text,
  add column prompt_tokens bigint not null default 0,
  add column completion_tokens bigint not null default 0,
  -- Parts of the two above.
  add column cached_tokens bigint not null default 0,
  add column reasoning_tokens bigint not null default 0,
  add column latency_ms integer,
  add column usage_estimated boolean not null default false;

update usage_records set
  model = dimensions ->> 'model',
  run_id = (dimensions ->> 'run_id')::uuid,
  prompt_tokens = coalesce((dimensions ->> 'prompt_tokens')::bigint, 0),
  completion_tokens = coalesce((dimensions ->> 'completion_tokens')::bigint, 0),
  usage_estimated = coalesce((dimensions ->> 'is_estimated')::boolean, false)
where metric = 'ai_tokens';

create unique index usage_records_call_id_idx on usage_records (call_id) where metric = 'ai_tokens';
create index usage_records_project_id_idx on usage_records (project_id);
create index usage_records_api_key_id_idx on usage_records (api_key_id);
create index usage_records_user_id_created_at_idx on usage_records (user_id, created_at);
drop index usage_records_user_id_idx;

-- migrate:down
create index usage_records_user_id_idx on usage_records (user_id, team_id, id);
drop index usage_records_user_id_created_at_idx, usage_records_api_key_id_idx, usage_records_project_id_idx,
  usage_records_call_id_idx;
alter table usage_records
  drop column project_id, drop column api_key_id, drop column session_id, drop column run_id,
  drop column call_id, drop column provider, drop column model, drop column prompt_tokens,
  drop column completion_tokens, drop column cached_tokens, drop column reasoning_tokens,
  drop column latency_ms, drop column usage_estimated;
