-- Written by "groundwork migrate dump" from the migrations; change those, not this file.

create extension if not exists pg_trgm;
create extension if not exists vector;

CREATE FUNCTION public.applicable_spend_limits(payer jsonb, moment timestamp with time zone)
 RETURNS TABLE(limit_id uuid, team_id uuid, scope text, "window" text, unit text, amount bigint, is_budget boolean, subject_id uuid, period_start timestamp with time zone, resets_at timestamp with time zone)
 LANGUAGE plpgsql
 STABLE
 SET "app.system" TO 'on'
AS $function$
#variable_conflict use_column
declare
  of_team uuid := payer ->> 'team_id';
  of_user uuid := payer ->> 'user_id';
begin
  return query select l.id, l.team_id, l.scope, l."window", l.unit, l.amount, l.is_budget, l.subject_id,
    case l."window" when 'total' then 'epoch'::timestamptz
      else date_trunc(l."window", moment at time zone 'UTC') at time zone 'UTC' end,
    case l."window" when 'total' then null
      else (date_trunc(l."window", moment at time zone 'UTC') + ('1 ' || l."window")::interval) at time zone 'UTC' end
  from (
    select spend_limits.*, case spend_limits.scope
        when 'team' then spend_limits.team_id
        when 'user' then of_user
        when 'project' then (payer ->> 'project_id')::uuid
        when 'api_key' then (payer ->> 'api_key_id')::uuid
        else (payer ->> 'run_id')::uuid end as subject_id
    from spend_limits
    where (spend_limits.team_id = of_team and not spend_limits.is_budget)
      or (spend_limits.user_id = of_user and spend_limits.is_budget)
  ) as l
  where l.subject_id is not null
    and coalesce(l.user_id, l.project_id, l.api_key_id, l.subject_id) = l.subject_id
  order by l.id, l.subject_id;
end $function$;

CREATE FUNCTION public.count_usage()
 RETURNS trigger
 LANGUAGE plpgsql
 SET "app.system" TO 'on'
AS $function$
declare
  reservation record;
  counted record;
begin
  if new.call_id is null and new.run_id is null then
    return new;
  end if;
  perform pg_advisory_xact_lock_shared(hashtextextended('spend:' || new.team_id::text, 0));
  if new.user_id is not null then
    perform pg_advisory_xact_lock_shared(hashtextextended('spend:' || new.user_id::text, 0));
  end if;
  for reservation in
    select * from spend_reservations r
    where r.id = new.call_id or (new.call_id is null and r.run_id = new.run_id and r.is_stream)
    order by r.id for update
  loop
    new.provider := coalesce(new.provider, reservation.provider);
    new.model := coalesce(new.model, reservation.model);
    new.project_id := coalesce(new.project_id, reservation.project_id);
    new.api_key_id := coalesce(new.api_key_id, reservation.api_key_id);
    new.session_id := coalesce(new.session_id, reservation.session_id);
  end loop;
  if new.metric <> 'ai_tokens' then
    return new;
  end if;
  if new.call_id is not null and exists (
    select from usage_records u where u.call_id = new.call_id and u.metric = new.metric) then
    return null;
  end if;
  for counted in
    select * from applicable_spend_limits(jsonb_build_object('team_id', new.team_id, 'user_id', new.user_id,
      'project_id', new.project_id, 'api_key_id', new.api_key_id, 'run_id', new.run_id), new.created_at)
  loop
    perform ensure_spend_counter(counted);
    update spend_counters c set updated_at = now(),
      used = c.used + case counted.unit when 'cost' then new.cost_micros else new.amount end
      where c.limit_id = counted.limit_id and c.subject_id = counted.subject_id
        and c.period_start = counted.period_start;
  end loop;
  for reservation in
    select * from spend_reservations r
    where r.id = new.call_id or (new.call_id is null and r.run_id = new.run_id and r.is_stream)
    order by r.id
  loop
    perform release_spend(reservation.id, 'settled');
    update spend_reservations r set status = 'settled', updated_at = now(),
      settled_cost_micros = case when reservation.id = new.call_id then new.cost_micros end,
      settled_tokens = case when reservation.id = new.call_id then new.amount end
      where r.id = reservation.id and r.status <> 'released';
  end loop;
  return new;
end $function$;

CREATE FUNCTION public.current_team_id()
 RETURNS uuid
 LANGUAGE sql
 STABLE
AS $function$ select nullif(current_setting('app.team_id', true), '')::uuid $function$;

CREATE FUNCTION public.delete_session_checkpoints()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  delete from checkpoint_writes where thread_id = old.id::text;
  delete from checkpoint_blobs where thread_id = old.id::text;
  delete from checkpoints where thread_id = old.id::text;
  return old;
end $function$;

CREATE FUNCTION public.ensure_spend_counter(counted record)
 RETURNS void
 LANGUAGE plpgsql
 SET "app.system" TO 'on'
AS $function$
begin
  if exists (select from spend_counters c where c.limit_id = counted.limit_id
      and c.subject_id = counted.subject_id and c.period_start = counted.period_start) then
    return;
  end if;
  insert into spend_counters (limit_id, subject_id, period_start, team_id, used)
  select counted.limit_id, counted.subject_id, counted.period_start, counted.team_id,
    coalesce(sum(case counted.unit when 'cost' then u.cost_micros else u.amount end), 0)
  from usage_records u
  where u.metric = 'ai_tokens' and u.created_at >= counted.period_start
    and (counted.resets_at is null or u.created_at < counted.resets_at)
    and (counted.is_budget or u.team_id = counted.team_id)
    and (counted.scope <> 'user' or u.user_id = counted.subject_id)
    and (counted.scope <> 'project' or u.project_id = counted.subject_id)
    and (counted.scope <> 'api_key' or u.api_key_id = counted.subject_id)
    and (counted.scope <> 'run' or u.run_id = counted.subject_id)
  on conflict do nothing;
end $function$;

CREATE FUNCTION public.erase_postings()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  delete from chunk_terms where indexing_id = old.id;
  return old;
end $function$;

CREATE FUNCTION public.expire_spend_reservation()
 RETURNS boolean
 LANGUAGE plpgsql
 SET "app.system" TO 'on'
AS $function$
declare
  lost uuid;
begin
  select s.id into lost from spend_reservations s
    where s.status = 'held' and s.expires_at < now()
      and not exists (select from runs r where r.id = s.run_id and r.status = 'running')
    order by s.expires_at limit 1 for update skip locked;
  return lost is not null and release_spend(lost, 'expired');
end $function$;

CREATE FUNCTION public.extend_spend(call jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SET "app.system" TO 'on'
AS $function$
declare
  reservation record;
  counted record;
  counter record;
  needed bigint;
begin
  select * into reservation from spend_reservations r where r.id = (call ->> 'id')::uuid for update;
  if not found or reservation.status <> 'held' then
    return jsonb_build_object('refused_by', 'expiry');
  end if;
  for counted in
    select h.*, l.scope, l."window", l.amount as most,
      case l."window" when 'total' then null
        else (h.period_start at time zone 'UTC' + ('1 ' || l."window")::interval) at time zone 'UTC' end as resets_at
    from jsonb_to_recordset(reservation.holds)
      as h (limit_id uuid, subject_id uuid, period_start timestamptz, unit text)
    join spend_limits l on l.id = h.limit_id order by h.limit_id, h.subject_id
  loop
    select used, reserved into counter from spend_counters c where c.limit_id = counted.limit_id
      and c.subject_id = counted.subject_id and c.period_start = counted.period_start for update;
    continue when not found;
    needed := case counted.unit when 'cost' then (call ->> 'cost_micros')::bigint else (call ->> 'tokens')::bigint end;
    if needed > 0 and counter.used + counter.reserved + needed > counted.most then
      return to_jsonb(counted) || jsonb_build_object('refused_by', 'limit', 'amount', counted.most,
        'used', counter.used, 'reserved', counter.reserved, 'needed', needed,
        'seconds', ceil(extract(epoch from counted.resets_at - now())));
    end if;
  end loop;
  update spend_counters c set updated_at = now(), reserved = c.reserved
      + case h.unit when 'cost' then (call ->> 'cost_micros')::bigint else (call ->> 'tokens')::bigint end
    from jsonb_to_recordset(reservation.holds)
      as h (limit_id uuid, subject_id uuid, period_start timestamptz, unit text)
    where c.limit_id = h.limit_id and c.subject_id = h.subject_id and c.period_start = h.period_start;
  update spend_reservations r set updated_at = now(),
    reserved_cost_micros = r.reserved_cost_micros + (call ->> 'cost_micros')::bigint,
    reserved_tokens = r.reserved_tokens + (call ->> 'tokens')::bigint,
    holds = coalesce((select jsonb_agg(jsonb_set(hold, '{amount}', to_jsonb((hold ->> 'amount')::bigint
      + case hold ->> 'unit' when 'cost' then (call ->> 'cost_micros')::bigint else (call ->> 'tokens')::bigint end)))
      from jsonb_array_elements(r.holds) as hold), '[]')
    where r.id = reservation.id;
  return jsonb_build_object('refused_by', null);
end $function$;

CREATE FUNCTION public.is_system_scope()
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$ select coalesce(current_setting('app.system', true), '') = 'on' $function$;

CREATE PROCEDURE public.isolate_tenants(IN tenant_table regclass, IN team_column text DEFAULT 'team_id'::text)
 LANGUAGE plpgsql
AS $procedure$
begin
  execute format('alter table %s enable row level security', tenant_table);
  execute format('alter table %s force row level security', tenant_table);
  execute format(
    'create policy tenant_isolation on %s using (%I = (select current_team_id()) or (select is_system_scope()))',
    tenant_table, team_column);
end $procedure$;

CREATE FUNCTION public.lock_spend_limits()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_advisory_xact_lock(hashtextextended(
    'spend:' || case when new.is_budget then new.user_id else new.team_id end::text, 0));
  return new;
end $function$;

CREATE FUNCTION public.release_spend(reservation_id uuid, outcome text)
 RETURNS boolean
 LANGUAGE plpgsql
 SET "app.system" TO 'on'
AS $function$
declare
  held jsonb;
begin
  update spend_reservations set status = outcome, updated_at = now()
    where id = reservation_id and status = 'held' returning holds into held;
  if not found then
    return false;
  end if;
  perform from spend_counters c
    join jsonb_to_recordset(held) as h (limit_id uuid, subject_id uuid, period_start timestamptz)
      on c.limit_id = h.limit_id and c.subject_id = h.subject_id and c.period_start = h.period_start
    order by c.limit_id, c.subject_id, c.period_start for update of c;
  update spend_counters c set reserved = c.reserved - h.amount, updated_at = now()
    from jsonb_to_recordset(held) as h (limit_id uuid, subject_id uuid, period_start timestamptz, amount bigint)
    where c.limit_id = h.limit_id and c.subject_id = h.subject_id and c.period_start = h.period_start;
  return true;
end $function$;

CREATE FUNCTION public.reserve_spend(call jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SET "app.system" TO 'on'
AS $function$
declare
  counted record;
  counter record;
  needed bigint;
  holds jsonb := '[]';
  -- What is held for a call that has not come yet leaves half of every limit, and of the streams, free.
  part integer := case when (call ->> 'is_ahead')::boolean then 2 else 1 end;
  most integer;
  running integer;
begin
  if call -> 'stream_caps' <> 'null' then
    perform pg_advisory_xact_lock(hashtextextended('streams:' || (call ->> 'team_id'), 0));
    select (call -> 'stream_caps' ->> tier)::integer into most from teams where id = (call ->> 'team_id')::uuid;
    select count(distinct coalesce(run_id, id)) into running from spend_reservations
      where team_id = (call ->> 'team_id')::uuid and status = 'held' and is_stream and expires_at > now()
        and (run_id is null or run_id is distinct from (call ->> 'run_id')::uuid);
    if (running + 1) * part > most then
      return jsonb_build_object('refused_by', 'streams', 'most', most, 'running', running);
    end if;
  end if;
  for counted in select * from applicable_spend_limits(call, now()) loop
    perform ensure_spend_counter(counted);
    select used, reserved into counter from spend_counters c where c.limit_id = counted.limit_id
      and c.subject_id = counted.subject_id and c.period_start = counted.period_start for update;
    continue when not found;
    needed := case counted.unit when 'cost' then (call ->> 'cost_micros')::bigint else (call ->> 'tokens')::bigint end;
    if needed > 0 and (counter.used + counter.reserved + needed) * part > counted.amount then
      return to_jsonb(counted) || jsonb_build_object('refused_by', 'limit', 'used', counter.used,
        'reserved', counter.reserved, 'needed', needed,
        'seconds', ceil(extract(epoch from counted.resets_at - now())));
    end if;
    holds := holds || jsonb_build_object('limit_id', counted.limit_id, 'subject_id', counted.subject_id,
      'period_start', counted.period_start, 'unit', counted.unit, 'amount', needed);
  end loop;
  if (call ->> 'is_trial')::boolean then
    return jsonb_build_object('refused_by', null);
  end if;
  update spend_counters c set reserved = c.reserved + h.amount, updated_at = now()
    from jsonb_to_recordset(holds) as h (limit_id uuid, subject_id uuid, period_start timestamptz, amount bigint)
    where c.limit_id = h.limit_id and c.subject_id = h.subject_id and c.period_start = h.period_start;
  insert into spend_reservations (id, team_id, user_id, project_id, api_key_id, session_id, run_id, provider,
    model, is_stream, reserved_cost_micros, reserved_tokens, holds, expires_at)
  values ((call ->> 'id')::uuid, (call ->> 'team_id')::uuid, (call ->> 'user_id')::uuid,
    (call ->> 'project_id')::uuid, (call ->> 'api_key_id')::uuid, (call ->> 'session_id')::uuid,
    (call ->> 'run_id')::uuid, call ->> 'provider', call ->> 'model', call -> 'stream_caps' <> 'null',
    (call ->> 'cost_micros')::bigint, (call ->> 'tokens')::bigint, holds,
    now() + make_interval(secs => (call ->> 'lease_seconds')::integer));
  return jsonb_build_object('refused_by', null);
end $function$;

CREATE FUNCTION public.sync_cost_budget()
 RETURNS trigger
 LANGUAGE plpgsql
 SET "app.system" TO 'on'
AS $function$
begin
  if new.monthly_cost_budget is null then
    delete from spend_limits where user_id = new.id and is_budget;
    return null;
  end if;
  update spend_limits set amount = new.monthly_cost_budget, updated_at = now() where user_id = new.id and is_budget;
  if not found then
    insert into spend_limits (id, team_id, scope, user_id, "window", unit, amount, is_budget)
    select new.id, teams.id, 'user', new.id, 'month', 'cost', new.monthly_cost_budget, true
    from teams where teams.personal_user_id = new.id;
  end if;
  return null;
end $function$;

create table agent_versions (
  agent_id uuid not null,
  version integer not null,
  team_id uuid not null,
  content jsonb not null,
  created_by_id uuid,
  created_at timestamp with time zone not null default now(),
  constraint agent_versions_pkey PRIMARY KEY (agent_id, version),
  constraint agent_versions_version_check CHECK ((version > 0))
);

create table agents (
  id uuid not null,
  team_id uuid not null,
  project_id uuid not null,
  name text not null,
  version integer not null default 1,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint agents_pkey PRIMARY KEY (id),
  constraint agents_project_id_name_key UNIQUE (project_id, name),
  constraint agents_version_check CHECK ((version > 0))
);

create table api_keys (
  id uuid not null,
  team_id uuid not null,
  user_id uuid not null,
  created_by_id uuid,
  kind text not null,
  name text not null,
  prefix text not null,
  hash bytea not null,
  scopes text[] not null,
  expires_at timestamp with time zone,
  last_used_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint api_keys_pkey PRIMARY KEY (id),
  constraint api_keys_kind_check CHECK ((kind = ANY (ARRAY['personal'::text, 'team'::text]))),
  constraint api_keys_scopes_check CHECK (((cardinality(scopes) > 0) AND (scopes <@ ARRAY['read'::text, 'write'::text, 'worker'::text])))
);

create table audit_log (
  id uuid not null,
  actor_id uuid,
  impersonator_id uuid,
  action text not null,
  outcome text not null,
  reason text,
  target_type text,
  target_id text,
  before jsonb,
  after jsonb,
  ip inet,
  trace_id text,
  created_at timestamp with time zone not null default now(),
  constraint audit_log_pkey PRIMARY KEY (id),
  constraint audit_log_outcome_check CHECK ((outcome = ANY (ARRAY['success'::text, 'failure'::text])))
);

create table auth_sessions (
  id uuid not null,
  user_id uuid not null,
  user_agent text,
  ip inet,
  expires_at timestamp with time zone not null,
  revoked_at timestamp with time zone,
  revoked_reason text,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  impersonator_id uuid,
  constraint auth_sessions_pkey PRIMARY KEY (id)
);

create table checkpoint_blobs (
  thread_id text not null,
  checkpoint_ns text not null default ''::text,
  channel text not null,
  version text not null,
  type text not null,
  blob bytea,
  constraint checkpoint_blobs_pkey PRIMARY KEY (thread_id, checkpoint_ns, channel, version)
);

create table checkpoint_migrations (
  v integer not null,
  constraint checkpoint_migrations_pkey PRIMARY KEY (v)
);

create table checkpoint_writes (
  thread_id text not null,
  checkpoint_ns text not null default ''::text,
  checkpoint_id text not null,
  task_id text not null,
  idx integer not null,
  channel text not null,
  type text,
  blob bytea not null,
  constraint checkpoint_writes_pkey PRIMARY KEY (thread_id, checkpoint_ns, checkpoint_id, task_id, idx)
);

create table checkpoints (
  thread_id text not null,
  checkpoint_ns text not null default ''::text,
  checkpoint_id text not null,
  parent_checkpoint_id text,
  type text,
  checkpoint jsonb not null,
  metadata jsonb not null default '{}'::jsonb,
  constraint checkpoints_pkey PRIMARY KEY (thread_id, checkpoint_ns, checkpoint_id)
);

create table chunk_terms (
  team_id uuid not null,
  project_id uuid not null,
  term text collate "C" not null,
  chunk_id uuid not null,
  indexing_id integer not null,
  tf smallint not null,
  dl smallint not null,
  constraint chunk_terms_pkey PRIMARY KEY (project_id, term, chunk_id) INCLUDE (tf, dl, indexing_id, team_id)
);

create table chunks (
  id uuid not null,
  team_id uuid not null,
  project_id uuid not null,
  document_id uuid not null,
  indexing_id integer not null,
  ordinal integer not null,
  content text not null,
  token_count integer not null,
  page integer,
  start_offset integer not null,
  end_offset integer not null,
  heading_path text[] not null default '{}'::text[],
  embedding vector,
  embedding_model text,
  created_at timestamp with time zone not null default now(),
  constraint chunks_pkey PRIMARY KEY (id)
);

create table conversation_items (
  id uuid not null,
  team_id uuid not null,
  user_id uuid not null,
  conversation_id uuid not null,
  "position" bigint not null generated always as identity,
  item_id text not null,
  item json not null,
  created_at timestamp with time zone not null default now(),
  constraint conversation_items_pkey PRIMARY KEY (id),
  constraint conversation_items_conversation_id_item_id_key UNIQUE (conversation_id, item_id)
);

create table conversations (
  id uuid not null,
  team_id uuid not null,
  user_id uuid not null,
  metadata jsonb not null default '{}'::jsonb,
  created_at timestamp with time zone not null default now(),
  constraint conversations_pkey PRIMARY KEY (id)
);

create table document_batch_files (
  batch_id uuid not null,
  file_id uuid not null,
  team_id uuid not null,
  document_id uuid,
  error_reason text,
  error text,
  constraint document_batch_files_pkey PRIMARY KEY (batch_id, file_id),
  constraint document_batch_files_check CHECK (((document_id IS NOT NULL) OR (error_reason IS NOT NULL)))
);

create table document_batches (
  id uuid not null,
  team_id uuid not null,
  project_id uuid not null,
  is_cancelled boolean not null default false,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint document_batches_pkey PRIMARY KEY (id)
);

create table documents (
  id uuid not null,
  team_id uuid not null,
  project_id uuid not null,
  file_id uuid not null,
  title text not null,
  mime_type text not null,
  bytes bigint not null,
  sha256 text not null,
  status text not null,
  error_reason text,
  error text,
  attempts integer not null default 0,
  progress real not null default 0,
  page_count integer,
  chunk_count integer not null default 0,
  deleted_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  attributes jsonb not null default '{}'::jsonb,
  stage text,
  retry_at timestamp with time zone,
  reindex_asked_at timestamp with time zone,
  constraint documents_pkey PRIMARY KEY (id),
  constraint documents_stage_check CHECK ((stage = ANY (ARRAY['fetch'::text, 'parse'::text, 'split'::text, 'embed'::text, 'index'::text]))),
  constraint documents_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'processing'::text, 'ready'::text, 'failed'::text])))
);

create table erased_identities (
  issuer text not null,
  subject_hash bytea not null,
  erased_at timestamp with time zone not null,
  constraint erased_identities_pkey PRIMARY KEY (issuer, subject_hash)
);

create table feature_flags (
  id uuid not null,
  name text not null,
  description text,
  enabled boolean not null default false,
  rule jsonb not null default '{}'::jsonb,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint feature_flags_pkey PRIMARY KEY (id)
);

create table files (
  id uuid not null,
  team_id uuid not null,
  owner_id uuid not null,
  storage_provider text not null,
  storage_key text not null,
  name text not null,
  mime_type text not null,
  bytes bigint not null,
  sha256 text not null,
  deleted_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  purpose text,
  expires_at timestamp with time zone,
  constraint files_pkey PRIMARY KEY (id),
  constraint files_purpose_check CHECK ((purpose = ANY (ARRAY['assistants'::text, 'batch'::text, 'evals'::text, 'fine-tune'::text, 'user_data'::text, 'vision'::text])))
);

create table idempotency_keys (
  team_id uuid not null,
  user_id uuid not null,
  key text not null,
  request_hash bytea not null,
  status_code integer,
  response jsonb,
  locked_until timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  created_at timestamp with time zone not null default now(),
  constraint idempotency_keys_pkey PRIMARY KEY (user_id, team_id, key)
);

create table identities (
  id uuid not null,
  user_id uuid not null,
  issuer text not null,
  subject text not null,
  claims jsonb not null default '{}'::jsonb,
  claims_at timestamp with time zone not null,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint identities_pkey PRIMARY KEY (id)
);

create table indexings (
  id integer not null generated always as identity,
  team_id uuid not null,
  project_id uuid not null,
  document_id uuid not null,
  state text not null,
  chunk_count integer not null default 0,
  total_len bigint not null default 0,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  run integer not null default 1,
  leased_until timestamp with time zone,
  fingerprint text,
  is_written boolean not null default false,
  page_count integer,
  constraint indexings_pkey PRIMARY KEY (id),
  constraint indexings_state_check CHECK ((state = ANY (ARRAY['writing'::text, 'live'::text, 'trashed'::text, 'discarded'::text])))
);

create table ingestion_attempts (
  id uuid not null,
  team_id uuid not null,
  document_id uuid not null,
  first_stage text not null,
  stage text not null,
  outcome text not null,
  error_reason text,
  error text,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  ended_at timestamp with time zone,
  constraint ingestion_attempts_pkey PRIMARY KEY (id),
  constraint ingestion_attempts_first_stage_check CHECK ((first_stage = ANY (ARRAY['fetch'::text, 'parse'::text, 'split'::text, 'embed'::text, 'index'::text]))),
  constraint ingestion_attempts_outcome_check CHECK ((outcome = ANY (ARRAY['running'::text, 'paused'::text, 'succeeded'::text, 'failed'::text, 'interrupted'::text, 'cancelled'::text]))),
  constraint ingestion_attempts_stage_check CHECK ((stage = ANY (ARRAY['fetch'::text, 'parse'::text, 'split'::text, 'embed'::text, 'index'::text])))
);

create table invitations (
  id uuid not null,
  team_id uuid not null,
  email text not null,
  role text not null,
  invited_by_id uuid not null,
  token_hash bytea not null,
  expires_at timestamp with time zone not null,
  mailed_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint invitations_pkey PRIMARY KEY (id),
  constraint invitations_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'member'::text, 'viewer'::text])))
);

create table mcp_servers (
  id uuid not null,
  team_id uuid not null,
  project_id uuid not null,
  name text not null,
  url text not null,
  sealed_headers text not null,
  header_names text[] not null,
  enabled boolean not null default true,
  approvals text[] not null default '{}'::text[],
  created_by_id uuid,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint mcp_servers_pkey PRIMARY KEY (id),
  constraint mcp_servers_project_id_name_key UNIQUE (project_id, name)
);

create table memories (
  id uuid not null,
  team_id uuid not null,
  user_id uuid not null,
  content text not null,
  source text not null,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint memories_pkey PRIMARY KEY (id),
  constraint memories_content_check CHECK (((char_length(content) >= 1) AND (char_length(content) <= 300))),
  constraint memories_source_check CHECK ((source = ANY (ARRAY['said'::text, 'taken'::text]))),
  constraint memories_user_id_team_id_content_key UNIQUE (user_id, team_id, content)
);

create table memory_settings (
  user_id uuid not null,
  team_id uuid not null,
  is_enabled boolean not null,
  read_until timestamp with time zone not null default now(),
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint memory_settings_pkey PRIMARY KEY (user_id, team_id)
);

create table message_feedback (
  id uuid not null,
  team_id uuid not null,
  message_id uuid not null,
  user_id uuid not null,
  score smallint not null,
  comment text,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint message_feedback_pkey PRIMARY KEY (id),
  constraint message_feedback_message_id_user_id_key UNIQUE (message_id, user_id),
  constraint message_feedback_score_check CHECK ((score = ANY (ARRAY['-1'::integer, 1])))
);

create table messages (
  id uuid not null,
  team_id uuid not null,
  session_id uuid not null,
  run_id uuid,
  role text not null,
  content text not null,
  model text,
  status text not null,
  citations jsonb not null default '[]'::jsonb,
  prompt_tokens integer not null default 0,
  completion_tokens integer not null default 0,
  cost_micros bigint not null default 0,
  cost_usd_rate double precision not null default 1,
  currency text not null default 'USD'::text,
  usage_estimated boolean not null default false,
  latency_ms integer,
  finish_reason text,
  error text,
  trace_id text,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  tool_calls jsonb not null default '[]'::jsonb,
  constraint messages_pkey PRIMARY KEY (id),
  constraint messages_role_check CHECK ((role = ANY (ARRAY['user'::text, 'assistant'::text, 'system'::text, 'tool'::text]))),
  constraint messages_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'complete'::text, 'aborted'::text, 'incomplete'::text])))
);

create table models (
  id uuid not null,
  provider text not null,
  name text not null,
  source text not null,
  enabled boolean not null default true,
  description text,
  context_tokens integer,
  complexity text,
  abilities text[],
  prompt_price_micros bigint,
  cached_price_micros bigint,
  completion_price_micros bigint,
  base text,
  traffic_share double precision not null default 0,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint models_pkey PRIMARY KEY (id),
  constraint models_cached_price_micros_check CHECK ((cached_price_micros >= 0)),
  constraint models_completion_price_micros_check CHECK ((completion_price_micros >= 0)),
  constraint models_complexity_check CHECK ((complexity = ANY (ARRAY['small'::text, 'medium'::text, 'large'::text]))),
  constraint models_context_tokens_check CHECK ((context_tokens > 0)),
  constraint models_prompt_price_micros_check CHECK ((prompt_price_micros >= 0)),
  constraint models_provider_check CHECK ((provider = ANY (ARRAY['builtin'::text, 'openai'::text, 'anthropic'::text, 'gemini'::text, 'litellm'::text]))),
  constraint models_provider_name_key UNIQUE (provider, name),
  constraint models_source_check CHECK ((source = ANY (ARRAY['built_in'::text, 'custom'::text, 'fine_tuned'::text]))),
  constraint models_traffic_share_check CHECK (((traffic_share >= (0)::double precision) AND (traffic_share <= (1)::double precision)))
);

create table one_time_tokens (
  id uuid not null,
  purpose text not null,
  token_hash bytea not null,
  user_id uuid,
  email text not null,
  former_email text,
  expires_at timestamp with time zone not null,
  mailed_at timestamp with time zone,
  used_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  constraint one_time_tokens_pkey PRIMARY KEY (id),
  constraint one_time_tokens_purpose_check CHECK ((purpose = ANY (ARRAY['email_verification'::text, 'password_reset'::text, 'email_change'::text, 'registration'::text])))
);

create table pending_registrations (
  one_time_token_id uuid not null,
  username text,
  first_name text,
  last_name text,
  password_hash text not null,
  created_at timestamp with time zone not null default now(),
  constraint pending_registrations_pkey PRIMARY KEY (one_time_token_id)
);

create table project_stats (
  project_id uuid not null,
  team_id uuid not null,
  n integer not null default 0,
  total_len bigint not null default 0,
  revision bigint not null default 1,
  constraint project_stats_pkey PRIMARY KEY (project_id)
);

create table projects (
  id uuid not null,
  team_id uuid not null,
  owner_id uuid not null,
  name text not null,
  description text,
  deleted_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  metadata jsonb not null default '{}'::jsonb,
  settings jsonb not null default '{}'::jsonb,
  constraint projects_pkey PRIMARY KEY (id),
  constraint projects_description_check CHECK ((char_length(description) <= 2000)),
  constraint projects_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 255)))
);

create table prompt_versions (
  prompt_id uuid not null,
  version integer not null,
  team_id uuid not null,
  content jsonb not null,
  created_by_id uuid,
  created_at timestamp with time zone not null default now(),
  constraint prompt_versions_pkey PRIMARY KEY (prompt_id, version),
  constraint prompt_versions_version_check CHECK ((version > 0))
);

create table prompts (
  id uuid not null,
  team_id uuid not null,
  project_id uuid not null,
  name text not null,
  version integer not null default 1,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint prompts_pkey PRIMARY KEY (id),
  constraint prompts_project_id_name_key UNIQUE (project_id, name),
  constraint prompts_version_check CHECK ((version > 0))
);

create table provider_keys (
  id uuid not null,
  team_id uuid not null,
  provider text not null,
  sealed_key text not null,
  hint text not null,
  base_url text,
  created_by_id uuid,
  last_used_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint provider_keys_pkey PRIMARY KEY (id),
  constraint provider_keys_provider_check CHECK ((provider = ANY (ARRAY['openai'::text, 'anthropic'::text, 'gemini'::text, 'litellm'::text]))),
  constraint provider_keys_team_id_provider_key UNIQUE (team_id, provider)
);

create table rate_hits (
  id uuid not null,
  key_hash bytea not null,
  hit_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  constraint rate_hits_pkey PRIMARY KEY (id)
);

create table refresh_tokens (
  id uuid not null,
  auth_session_id uuid not null,
  token_hash bytea not null,
  child_sealed bytea,
  used_at timestamp with time zone,
  expires_at timestamp with time zone not null,
  created_at timestamp with time zone not null default now(),
  constraint refresh_tokens_pkey PRIMARY KEY (id)
);

create table responses (
  id uuid not null,
  team_id uuid not null,
  user_id uuid not null,
  previous_id uuid,
  input json not null,
  body json not null,
  created_at timestamp with time zone not null default now(),
  constraint responses_pkey PRIMARY KEY (id)
);

create table run_events (
  run_id uuid not null,
  first_event_id integer not null,
  last_event_id integer not null,
  team_id uuid not null,
  events text not null,
  created_at timestamp with time zone not null default now(),
  constraint run_events_pkey PRIMARY KEY (run_id, first_event_id)
);

create table runs (
  id uuid not null,
  team_id uuid not null,
  user_id uuid not null,
  session_id uuid not null,
  status text not null,
  model text not null,
  trace_id text not null,
  lease_until timestamp with time zone not null,
  cancel_requested_at timestamp with time zone,
  watched_at timestamp with time zone,
  finished_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  attempts integer not null default 1,
  request json not null default '{}'::json,
  credential json not null default '{}'::json,
  pauses integer not null default 0,
  constraint runs_pkey PRIMARY KEY (id),
  constraint runs_status_check CHECK ((status = ANY (ARRAY['queued'::text, 'running'::text, 'waiting'::text, 'done'::text, 'failed'::text, 'cancelled'::text])))
);

create table sessions (
  id uuid not null,
  team_id uuid not null,
  user_id uuid not null,
  project_id uuid,
  name text,
  model text,
  last_message_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  metadata jsonb not null default '{}'::jsonb,
  external_id uuid,
  ttl_minutes integer,
  constraint sessions_pkey PRIMARY KEY (id),
  constraint sessions_ttl_minutes_check CHECK ((ttl_minutes > 0))
);

create table sign_in_attempts (
  email_hash bytea not null,
  attempts integer not null,
  expires_at timestamp with time zone not null,
  constraint sign_in_attempts_pkey PRIMARY KEY (email_hash)
);

create table spend_counters (
  limit_id uuid not null,
  subject_id uuid not null,
  period_start timestamp with time zone not null,
  team_id uuid not null,
  used bigint not null default 0,
  reserved bigint not null default 0,
  updated_at timestamp with time zone not null default now(),
  constraint spend_counters_pkey PRIMARY KEY (limit_id, subject_id, period_start)
);

create table spend_limits (
  id uuid not null,
  team_id uuid not null,
  scope text not null,
  user_id uuid,
  project_id uuid,
  api_key_id uuid,
  "window" text not null,
  unit text not null,
  amount bigint not null,
  is_budget boolean not null default false,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint spend_limits_pkey PRIMARY KEY (id),
  constraint spend_limits_amount_check CHECK ((amount >= 0)),
  constraint spend_limits_check CHECK (((scope = 'user'::text) OR (user_id IS NULL))),
  constraint spend_limits_check1 CHECK (((scope = 'project'::text) OR (project_id IS NULL))),
  constraint spend_limits_check2 CHECK (((scope = 'api_key'::text) OR (api_key_id IS NULL))),
  constraint spend_limits_scope_check CHECK ((scope = ANY (ARRAY['team'::text, 'user'::text, 'project'::text, 'api_key'::text, 'run'::text]))),
  constraint spend_limits_team_id_scope_user_id_project_id_api_key_id_wi_key UNIQUE NULLS NOT DISTINCT (team_id, scope, user_id, project_id, api_key_id, "window", unit, is_budget),
  constraint spend_limits_unit_check CHECK ((unit = ANY (ARRAY['cost'::text, 'tokens'::text]))),
  constraint spend_limits_window_check CHECK (("window" = ANY (ARRAY['day'::text, 'month'::text, 'total'::text])))
);

create table spend_reservations (
  id uuid not null,
  team_id uuid not null,
  user_id uuid,
  project_id uuid,
  api_key_id uuid,
  session_id uuid,
  run_id uuid,
  provider text not null,
  model text not null,
  is_stream boolean not null,
  status text not null default 'held'::text,
  reserved_cost_micros bigint not null,
  reserved_tokens bigint not null,
  settled_cost_micros bigint,
  settled_tokens bigint,
  holds jsonb not null,
  expires_at timestamp with time zone not null,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint spend_reservations_pkey PRIMARY KEY (id),
  constraint spend_reservations_status_check CHECK ((status = ANY (ARRAY['held'::text, 'settled'::text, 'released'::text, 'expired'::text])))
);

create table store_items (
  id uuid not null,
  team_id uuid not null,
  user_id uuid not null,
  namespace text[] not null,
  key text not null,
  value jsonb not null,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint store_items_pkey PRIMARY KEY (id),
  constraint store_items_user_id_team_id_namespace_key_key UNIQUE (user_id, team_id, namespace, key)
);

create table team_members (
  id uuid not null,
  team_id uuid not null,
  user_id uuid not null,
  role text not null,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint team_members_pkey PRIMARY KEY (id),
  constraint team_members_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'member'::text, 'viewer'::text])))
);

create table team_models (
  id uuid not null,
  provider text not null,
  name text not null,
  source text not null,
  enabled boolean not null default true,
  description text,
  context_tokens integer,
  complexity text,
  abilities text[],
  prompt_price_micros bigint,
  cached_price_micros bigint,
  completion_price_micros bigint,
  base text,
  traffic_share double precision not null default 0,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  team_id uuid not null,
  constraint team_models_pkey PRIMARY KEY (id),
  constraint models_cached_price_micros_check CHECK ((cached_price_micros >= 0)),
  constraint models_completion_price_micros_check CHECK ((completion_price_micros >= 0)),
  constraint models_complexity_check CHECK ((complexity = ANY (ARRAY['small'::text, 'medium'::text, 'large'::text]))),
  constraint models_context_tokens_check CHECK ((context_tokens > 0)),
  constraint models_prompt_price_micros_check CHECK ((prompt_price_micros >= 0)),
  constraint models_provider_check CHECK ((provider = ANY (ARRAY['builtin'::text, 'openai'::text, 'anthropic'::text, 'gemini'::text, 'litellm'::text]))),
  constraint models_source_check CHECK ((source = ANY (ARRAY['built_in'::text, 'custom'::text, 'fine_tuned'::text]))),
  constraint models_traffic_share_check CHECK (((traffic_share >= (0)::double precision) AND (traffic_share <= (1)::double precision))),
  constraint team_models_team_id_provider_name_key UNIQUE (team_id, provider, name)
);

create table teams (
  id uuid not null,
  name text not null,
  tier text not null default 'free'::text,
  personal_user_id uuid,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  deleted_at timestamp with time zone,
  constraint teams_pkey PRIMARY KEY (id),
  constraint teams_tier_check CHECK ((tier = ANY (ARRAY['free'::text, 'pro'::text, 'enterprise'::text])))
);

create table upload_parts (
  id uuid not null,
  team_id uuid not null,
  upload_id uuid not null,
  storage_provider text not null,
  storage_key text not null,
  bytes bigint not null,
  created_at timestamp with time zone not null default now(),
  constraint upload_parts_pkey PRIMARY KEY (id)
);

create table uploads (
  id uuid not null,
  team_id uuid not null,
  owner_id uuid not null,
  file_id uuid,
  name text not null,
  purpose text not null,
  bytes bigint not null,
  status text not null default 'pending'::text,
  keep_seconds integer,
  expires_at timestamp with time zone not null,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint uploads_pkey PRIMARY KEY (id),
  constraint uploads_bytes_check CHECK ((bytes > 0)),
  constraint uploads_keep_seconds_check CHECK ((keep_seconds > 0)),
  constraint uploads_purpose_check CHECK ((purpose = ANY (ARRAY['assistants'::text, 'batch'::text, 'evals'::text, 'fine-tune'::text, 'user_data'::text, 'vision'::text]))),
  constraint uploads_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'completed'::text, 'cancelled'::text])))
);

create table usage_records (
  id uuid not null,
  team_id uuid not null,
  user_id uuid,
  metric text not null,
  amount bigint not null,
  cost_micros bigint not null default 0,
  cost_usd_rate double precision not null default 1,
  currency text not null default 'USD'::text,
  dimensions jsonb not null default '{}'::jsonb,
  trace_id text,
  created_at timestamp with time zone not null default now(),
  project_id uuid,
  api_key_id uuid,
  session_id uuid,
  run_id uuid,
  call_id uuid,
  provider text,
  model text,
  prompt_tokens bigint not null default 0,
  completion_tokens bigint not null default 0,
  cached_tokens bigint not null default 0,
  reasoning_tokens bigint not null default 0,
  latency_ms integer,
  usage_estimated boolean not null default false,
  constraint usage_records_pkey PRIMARY KEY (id)
);

create table user_erasures (
  id uuid not null,
  user_id uuid,
  pseudonym uuid,
  team_ids uuid[] not null default '{}'::uuid[],
  tally jsonb,
  finished_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint user_erasures_pkey PRIMARY KEY (id)
);

create table user_exports (
  user_id uuid not null,
  id uuid not null,
  locked_until timestamp with time zone not null,
  constraint user_exports_pkey PRIMARY KEY (user_id)
);

create table users (
  id uuid not null,
  email text,
  username text,
  first_name text,
  last_name text,
  password_hash text,
  role text not null default 'user'::text,
  is_active boolean not null default true,
  email_verified_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  must_reset_password boolean not null default false,
  welcome_mailed_at timestamp with time zone,
  service_team_id uuid,
  monthly_cost_budget bigint,
  constraint users_pkey PRIMARY KEY (id),
  constraint users_monthly_cost_budget_check CHECK ((monthly_cost_budget >= 0)),
  constraint users_role_check CHECK ((role = ANY (ARRAY['user'::text, 'admin'::text])))
);

create table webhook_events (
  id uuid not null,
  provider text not null,
  event_id text not null,
  type text not null,
  payload jsonb,
  status text not null default 'pending'::text,
  attempts integer not null default 0,
  error text,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint webhook_events_pkey PRIMARY KEY (id),
  constraint webhook_events_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'processed'::text, 'parked'::text])))
);

alter table agent_versions add constraint agent_versions_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES agents(id) ON DELETE CASCADE;
alter table agent_versions add constraint agent_versions_created_by_id_fkey FOREIGN KEY (created_by_id) REFERENCES users(id) ON DELETE SET NULL;
alter table agent_versions add constraint agent_versions_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table agents add constraint agents_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE;
alter table agents add constraint agents_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table api_keys add constraint api_keys_created_by_id_fkey FOREIGN KEY (created_by_id) REFERENCES users(id) ON DELETE SET NULL;
alter table api_keys add constraint api_keys_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table api_keys add constraint api_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
alter table auth_sessions add constraint auth_sessions_impersonator_id_fkey FOREIGN KEY (impersonator_id) REFERENCES users(id) ON DELETE CASCADE;
alter table auth_sessions add constraint auth_sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
alter table chunks add constraint chunks_document_id_fkey FOREIGN KEY (document_id) REFERENCES documents(id) ON DELETE CASCADE;
alter table chunks add constraint chunks_indexing_id_fkey FOREIGN KEY (indexing_id) REFERENCES indexings(id) ON DELETE CASCADE;
alter table chunks add constraint chunks_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE;
alter table chunks add constraint chunks_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table conversation_items add constraint conversation_items_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversations(id) ON DELETE CASCADE;
alter table conversation_items add constraint conversation_items_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table conversation_items add constraint conversation_items_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
alter table conversations add constraint conversations_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table conversations add constraint conversations_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
alter table document_batch_files add constraint document_batch_files_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES document_batches(id) ON DELETE CASCADE;
alter table document_batch_files add constraint document_batch_files_document_id_fkey FOREIGN KEY (document_id) REFERENCES documents(id) ON DELETE CASCADE;
alter table document_batch_files add constraint document_batch_files_file_id_fkey FOREIGN KEY (file_id) REFERENCES files(id) ON DELETE CASCADE;
alter table document_batch_files add constraint document_batch_files_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table document_batches add constraint document_batches_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE;
alter table document_batches add constraint document_batches_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table documents add constraint documents_file_id_fkey FOREIGN KEY (file_id) REFERENCES files(id);
alter table documents add constraint documents_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE;
alter table documents add constraint documents_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table files add constraint files_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(id);
alter table files add constraint files_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table idempotency_keys add constraint idempotency_keys_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table idempotency_keys add constraint idempotency_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
alter table identities add constraint identities_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
alter table indexings add constraint indexings_document_id_fkey FOREIGN KEY (document_id) REFERENCES documents(id) ON DELETE CASCADE;
alter table indexings add constraint indexings_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE;
alter table indexings add constraint indexings_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table ingestion_attempts add constraint ingestion_attempts_document_id_fkey FOREIGN KEY (document_id) REFERENCES documents(id) ON DELETE CASCADE;
alter table ingestion_attempts add constraint ingestion_attempts_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table invitations add constraint invitations_invited_by_id_fkey FOREIGN KEY (invited_by_id) REFERENCES users(id) ON DELETE CASCADE;
alter table invitations add constraint invitations_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table mcp_servers add constraint mcp_servers_created_by_id_fkey FOREIGN KEY (created_by_id) REFERENCES users(id) ON DELETE SET NULL;
alter table mcp_servers add constraint mcp_servers_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE;
alter table mcp_servers add constraint mcp_servers_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table memories add constraint memories_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table memories add constraint memories_team_id_user_id_fkey FOREIGN KEY (team_id, user_id) REFERENCES team_members(team_id, user_id) ON DELETE CASCADE;
alter table memories add constraint memories_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
alter table memory_settings add constraint memory_settings_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table memory_settings add constraint memory_settings_team_id_user_id_fkey FOREIGN KEY (team_id, user_id) REFERENCES team_members(team_id, user_id) ON DELETE CASCADE;
alter table memory_settings add constraint memory_settings_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
alter table message_feedback add constraint message_feedback_message_id_fkey FOREIGN KEY (message_id) REFERENCES messages(id) ON DELETE CASCADE;
alter table message_feedback add constraint message_feedback_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table message_feedback add constraint message_feedback_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
alter table messages add constraint messages_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs(id) ON DELETE SET NULL;
alter table messages add constraint messages_session_id_fkey FOREIGN KEY (session_id) REFERENCES sessions(id) ON DELETE CASCADE;
alter table messages add constraint messages_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table one_time_tokens add constraint one_time_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
alter table pending_registrations add constraint pending_registrations_one_time_token_id_fkey FOREIGN KEY (one_time_token_id) REFERENCES one_time_tokens(id) ON DELETE CASCADE;
alter table project_stats add constraint project_stats_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE;
alter table project_stats add constraint project_stats_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table projects add constraint projects_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(id);
alter table projects add constraint projects_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table prompt_versions add constraint prompt_versions_created_by_id_fkey FOREIGN KEY (created_by_id) REFERENCES users(id) ON DELETE SET NULL;
alter table prompt_versions add constraint prompt_versions_prompt_id_fkey FOREIGN KEY (prompt_id) REFERENCES prompts(id) ON DELETE CASCADE;
alter table prompt_versions add constraint prompt_versions_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table prompts add constraint prompts_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE;
alter table prompts add constraint prompts_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table provider_keys add constraint provider_keys_created_by_id_fkey FOREIGN KEY (created_by_id) REFERENCES users(id) ON DELETE SET NULL;
alter table provider_keys add constraint provider_keys_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table refresh_tokens add constraint refresh_tokens_auth_session_id_fkey FOREIGN KEY (auth_session_id) REFERENCES auth_sessions(id) ON DELETE CASCADE;
alter table responses add constraint responses_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table responses add constraint responses_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
alter table run_events add constraint run_events_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs(id) ON DELETE CASCADE;
alter table run_events add constraint run_events_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table runs add constraint runs_session_id_fkey FOREIGN KEY (session_id) REFERENCES sessions(id) ON DELETE CASCADE;
alter table runs add constraint runs_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table runs add constraint runs_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
alter table sessions add constraint sessions_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE;
alter table sessions add constraint sessions_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table sessions add constraint sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
alter table spend_counters add constraint spend_counters_limit_id_fkey FOREIGN KEY (limit_id) REFERENCES spend_limits(id) ON DELETE CASCADE;
alter table spend_counters add constraint spend_counters_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table spend_limits add constraint spend_limits_api_key_id_fkey FOREIGN KEY (api_key_id) REFERENCES api_keys(id) ON DELETE CASCADE;
alter table spend_limits add constraint spend_limits_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE;
alter table spend_limits add constraint spend_limits_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table spend_limits add constraint spend_limits_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
alter table spend_reservations add constraint spend_reservations_api_key_id_fkey FOREIGN KEY (api_key_id) REFERENCES api_keys(id) ON DELETE SET NULL;
alter table spend_reservations add constraint spend_reservations_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE SET NULL;
alter table spend_reservations add constraint spend_reservations_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table spend_reservations add constraint spend_reservations_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
alter table store_items add constraint store_items_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table store_items add constraint store_items_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
alter table team_members add constraint team_members_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table team_members add constraint team_members_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
alter table team_models add constraint team_models_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table teams add constraint teams_personal_user_id_fkey FOREIGN KEY (personal_user_id) REFERENCES users(id) ON DELETE CASCADE;
alter table upload_parts add constraint upload_parts_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table upload_parts add constraint upload_parts_upload_id_fkey FOREIGN KEY (upload_id) REFERENCES uploads(id);
alter table uploads add constraint uploads_file_id_fkey FOREIGN KEY (file_id) REFERENCES files(id) ON DELETE CASCADE;
alter table uploads add constraint uploads_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(id);
alter table uploads add constraint uploads_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table usage_records add constraint usage_records_api_key_id_fkey FOREIGN KEY (api_key_id) REFERENCES api_keys(id) ON DELETE SET NULL;
alter table usage_records add constraint usage_records_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE SET NULL;
alter table usage_records add constraint usage_records_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE;
alter table usage_records add constraint usage_records_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE SET NULL;
alter table user_erasures add constraint user_erasures_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE SET NULL;
alter table user_exports add constraint user_exports_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
alter table users add constraint users_service_team_id_fkey FOREIGN KEY (service_team_id) REFERENCES teams(id) ON DELETE CASCADE;

CREATE INDEX agent_versions_created_by_id_idx ON public.agent_versions USING btree (created_by_id);
CREATE INDEX agent_versions_team_id_idx ON public.agent_versions USING btree (team_id);
CREATE INDEX agents_team_id_idx ON public.agents USING btree (team_id);
CREATE INDEX api_keys_created_by_id_idx ON public.api_keys USING btree (created_by_id);
CREATE UNIQUE INDEX api_keys_hash_idx ON public.api_keys USING btree (hash);
CREATE INDEX api_keys_team_id_created_at_idx ON public.api_keys USING btree (team_id, created_at DESC);
CREATE INDEX api_keys_user_id_idx ON public.api_keys USING btree (user_id);
CREATE INDEX audit_log_action_created_at_idx ON public.audit_log USING btree (action text_pattern_ops, created_at DESC);
CREATE INDEX audit_log_actor_id_created_at_idx ON public.audit_log USING btree (actor_id, created_at DESC);
CREATE INDEX audit_log_created_at_idx ON public.audit_log USING btree (created_at DESC, id DESC);
CREATE INDEX audit_log_impersonator_id_idx ON public.audit_log USING btree (impersonator_id) WHERE (impersonator_id IS NOT NULL);
CREATE INDEX audit_log_target_id_created_at_idx ON public.audit_log USING btree (target_id, created_at DESC);
CREATE INDEX auth_sessions_expires_at_idx ON public.auth_sessions USING btree (expires_at);
CREATE INDEX auth_sessions_impersonator_id_idx ON public.auth_sessions USING btree (impersonator_id);
CREATE INDEX auth_sessions_revoked_at_idx ON public.auth_sessions USING btree (revoked_at) WHERE (revoked_at IS NOT NULL);
CREATE INDEX auth_sessions_user_id_idx ON public.auth_sessions USING btree (user_id);
CREATE INDEX chunk_terms_indexing_id_idx ON public.chunk_terms USING btree (indexing_id);
CREATE INDEX chunks_document_id_idx ON public.chunks USING btree (document_id);
CREATE UNIQUE INDEX chunks_indexing_id_ordinal_idx ON public.chunks USING btree (indexing_id, ordinal);
CREATE INDEX chunks_project_id_idx ON public.chunks USING btree (project_id);
CREATE INDEX chunks_team_id_idx ON public.chunks USING btree (team_id);
CREATE INDEX conversation_items_position_idx ON public.conversation_items USING btree (conversation_id, "position");
CREATE INDEX conversation_items_team_id_idx ON public.conversation_items USING btree (team_id);
CREATE INDEX conversation_items_user_id_idx ON public.conversation_items USING btree (user_id, id);
CREATE INDEX conversations_team_id_idx ON public.conversations USING btree (team_id);
CREATE INDEX conversations_user_id_idx ON public.conversations USING btree (user_id, id);
CREATE INDEX document_batch_files_document_id_idx ON public.document_batch_files USING btree (document_id);
CREATE INDEX document_batch_files_file_id_idx ON public.document_batch_files USING btree (file_id);
CREATE INDEX document_batch_files_team_id_idx ON public.document_batch_files USING btree (team_id);
CREATE INDEX document_batches_project_id_idx ON public.document_batches USING btree (project_id);
CREATE INDEX document_batches_team_id_idx ON public.document_batches USING btree (team_id);
CREATE INDEX documents_attributes_idx ON public.documents USING gin (attributes jsonb_path_ops) WHERE (attributes <> '{}'::jsonb);
CREATE INDEX documents_deleted_at_idx ON public.documents USING btree (deleted_at) WHERE (deleted_at IS NOT NULL);
CREATE INDEX documents_failed_idx ON public.documents USING btree (updated_at DESC, id DESC) WHERE ((status = 'failed'::text) AND (deleted_at IS NULL));
CREATE INDEX documents_file_id_idx ON public.documents USING btree (file_id);
CREATE INDEX documents_project_id_created_at_idx ON public.documents USING btree (project_id, created_at DESC, id DESC) WHERE (deleted_at IS NULL);
CREATE INDEX documents_project_id_idx ON public.documents USING btree (project_id);
CREATE UNIQUE INDEX documents_project_id_sha256_idx ON public.documents USING btree (project_id, sha256) WHERE (deleted_at IS NULL);
CREATE INDEX documents_reindexing_idx ON public.documents USING btree (id) WHERE ((reindex_asked_at IS NOT NULL) AND (status = ANY (ARRAY['pending'::text, 'processing'::text])));
CREATE INDEX documents_team_id_idx ON public.documents USING btree (team_id);
CREATE INDEX documents_unfinished_idx ON public.documents USING btree (updated_at) WHERE (status = ANY (ARRAY['pending'::text, 'processing'::text]));
CREATE UNIQUE INDEX feature_flags_name_idx ON public.feature_flags USING btree (name);
CREATE INDEX files_deleted_at_idx ON public.files USING btree (deleted_at) WHERE (deleted_at IS NOT NULL);
CREATE INDEX files_expires_at_idx ON public.files USING btree (expires_at) WHERE (deleted_at IS NULL);
CREATE INDEX files_owner_id_idx ON public.files USING btree (owner_id, team_id, id);
CREATE UNIQUE INDEX files_storage_key_idx ON public.files USING btree (storage_provider, storage_key);
CREATE INDEX files_team_id_idx ON public.files USING btree (team_id);
CREATE INDEX files_team_id_listed_idx ON public.files USING btree (team_id, id DESC) WHERE ((purpose IS NOT NULL) AND (deleted_at IS NULL));
CREATE INDEX idempotency_keys_expires_at_idx ON public.idempotency_keys USING btree (expires_at);
CREATE INDEX idempotency_keys_team_id_idx ON public.idempotency_keys USING btree (team_id);
CREATE UNIQUE INDEX identities_issuer_subject_idx ON public.identities USING btree (issuer, subject);
CREATE INDEX identities_user_id_idx ON public.identities USING btree (user_id);
CREATE INDEX indexings_discarded_idx ON public.indexings USING btree (id) WHERE (state = 'discarded'::text);
CREATE INDEX indexings_document_id_idx ON public.indexings USING btree (document_id);
CREATE UNIQUE INDEX indexings_document_id_state_idx ON public.indexings USING btree (document_id, state) WHERE (state <> 'discarded'::text);
CREATE INDEX indexings_fingerprint_idx ON public.indexings USING btree (fingerprint) WHERE (state = 'live'::text);
CREATE INDEX indexings_project_id_fingerprint_idx ON public.indexings USING btree (project_id, fingerprint) WHERE (state = 'live'::text);
CREATE INDEX indexings_project_id_hidden_idx ON public.indexings USING btree (project_id, id) WHERE (state <> 'live'::text);
CREATE INDEX indexings_project_id_idx ON public.indexings USING btree (project_id);
CREATE INDEX indexings_team_id_idx ON public.indexings USING btree (team_id);
CREATE INDEX ingestion_attempts_document_id_idx ON public.ingestion_attempts USING btree (document_id, id DESC);
CREATE INDEX ingestion_attempts_team_id_idx ON public.ingestion_attempts USING btree (team_id);
CREATE INDEX invitations_expires_at_idx ON public.invitations USING btree (expires_at);
CREATE INDEX invitations_invited_by_id_idx ON public.invitations USING btree (invited_by_id);
CREATE UNIQUE INDEX invitations_team_id_email_idx ON public.invitations USING btree (team_id, email);
CREATE UNIQUE INDEX invitations_token_hash_idx ON public.invitations USING btree (token_hash);
CREATE INDEX mcp_servers_created_by_id_idx ON public.mcp_servers USING btree (created_by_id);
CREATE INDEX mcp_servers_team_id_idx ON public.mcp_servers USING btree (team_id);
CREATE INDEX memories_team_id_user_id_idx ON public.memories USING btree (team_id, user_id, created_at DESC, id DESC);
CREATE INDEX memory_settings_read_until_idx ON public.memory_settings USING btree (read_until) WHERE is_enabled;
CREATE INDEX memory_settings_team_id_user_id_idx ON public.memory_settings USING btree (team_id, user_id);
CREATE INDEX message_feedback_team_id_idx ON public.message_feedback USING btree (team_id);
CREATE INDEX message_feedback_user_id_idx ON public.message_feedback USING btree (user_id, id);
CREATE INDEX messages_run_id_idx ON public.messages USING btree (run_id);
CREATE INDEX messages_session_id_created_at_idx ON public.messages USING btree (session_id, created_at, id);
CREATE INDEX messages_team_id_idx ON public.messages USING btree (team_id);
CREATE INDEX one_time_tokens_email_mailed_at_idx ON public.one_time_tokens USING btree (email, mailed_at);
CREATE INDEX one_time_tokens_expires_at_idx ON public.one_time_tokens USING btree (expires_at);
CREATE UNIQUE INDEX one_time_tokens_token_hash_idx ON public.one_time_tokens USING btree (token_hash);
CREATE INDEX one_time_tokens_user_id_idx ON public.one_time_tokens USING btree (user_id);
CREATE INDEX project_stats_team_id_idx ON public.project_stats USING btree (team_id);
CREATE INDEX projects_deleted_at_idx ON public.projects USING btree (deleted_at) WHERE (deleted_at IS NOT NULL);
CREATE INDEX projects_owner_id_idx ON public.projects USING btree (owner_id, team_id, id);
CREATE INDEX projects_team_id_created_at_idx ON public.projects USING btree (team_id, created_at DESC, id DESC) WHERE (deleted_at IS NULL);
CREATE INDEX projects_team_id_idx ON public.projects USING btree (team_id);
CREATE INDEX prompt_versions_created_by_id_idx ON public.prompt_versions USING btree (created_by_id);
CREATE INDEX prompt_versions_team_id_idx ON public.prompt_versions USING btree (team_id);
CREATE INDEX prompts_team_id_idx ON public.prompts USING btree (team_id);
CREATE INDEX provider_keys_created_by_id_idx ON public.provider_keys USING btree (created_by_id);
CREATE INDEX rate_hits_expires_at_idx ON public.rate_hits USING btree (expires_at);
CREATE INDEX rate_hits_key_hash_hit_at_idx ON public.rate_hits USING btree (key_hash, hit_at DESC);
CREATE INDEX refresh_tokens_auth_session_id_idx ON public.refresh_tokens USING btree (auth_session_id);
CREATE INDEX refresh_tokens_expires_at_idx ON public.refresh_tokens USING btree (expires_at);
CREATE UNIQUE INDEX refresh_tokens_token_hash_idx ON public.refresh_tokens USING btree (token_hash);
CREATE INDEX responses_created_at_idx ON public.responses USING btree (created_at);
CREATE INDEX responses_team_id_idx ON public.responses USING btree (team_id);
CREATE INDEX responses_user_id_idx ON public.responses USING btree (user_id, id);
CREATE INDEX run_events_created_at_idx ON public.run_events USING btree (created_at);
CREATE INDEX run_events_team_id_idx ON public.run_events USING btree (team_id);
CREATE INDEX runs_finished_at_idx ON public.runs USING btree (finished_at);
CREATE INDEX runs_lease_until_idx ON public.runs USING btree (lease_until) WHERE (status = 'running'::text);
CREATE UNIQUE INDEX runs_session_id_active_idx ON public.runs USING btree (session_id) WHERE (status = ANY (ARRAY['running'::text, 'waiting'::text]));
CREATE INDEX runs_session_id_idx ON public.runs USING btree (session_id);
CREATE INDEX runs_session_id_queued_idx ON public.runs USING btree (session_id, created_at, id) WHERE (status = 'queued'::text);
CREATE INDEX runs_team_id_idx ON public.runs USING btree (team_id);
CREATE INDEX runs_user_id_idx ON public.runs USING btree (user_id);
CREATE INDEX sessions_project_id_idx ON public.sessions USING btree (project_id);
CREATE INDEX sessions_team_id_idx ON public.sessions USING btree (team_id);
CREATE UNIQUE INDEX sessions_team_id_user_id_external_id_idx ON public.sessions USING btree (team_id, user_id, external_id) WHERE (external_id IS NOT NULL);
CREATE INDEX sessions_ttl_minutes_idx ON public.sessions USING btree (updated_at) WHERE (ttl_minutes IS NOT NULL);
CREATE INDEX sessions_user_id_team_id_idx ON public.sessions USING btree (user_id, team_id, created_at DESC, id DESC);
CREATE INDEX sign_in_attempts_expires_at_idx ON public.sign_in_attempts USING btree (expires_at);
CREATE INDEX spend_counters_period_start_idx ON public.spend_counters USING btree (period_start);
CREATE INDEX spend_counters_team_id_idx ON public.spend_counters USING btree (team_id);
CREATE INDEX spend_limits_api_key_id_idx ON public.spend_limits USING btree (api_key_id);
CREATE INDEX spend_limits_project_id_idx ON public.spend_limits USING btree (project_id);
CREATE INDEX spend_limits_user_id_idx ON public.spend_limits USING btree (user_id);
CREATE INDEX spend_reservations_api_key_id_idx ON public.spend_reservations USING btree (api_key_id);
CREATE INDEX spend_reservations_expires_at_idx ON public.spend_reservations USING btree (expires_at) WHERE (status = 'held'::text);
CREATE INDEX spend_reservations_project_id_idx ON public.spend_reservations USING btree (project_id);
CREATE INDEX spend_reservations_run_id_idx ON public.spend_reservations USING btree (run_id);
CREATE INDEX spend_reservations_team_id_idx ON public.spend_reservations USING btree (team_id);
CREATE INDEX spend_reservations_team_id_streams_idx ON public.spend_reservations USING btree (team_id) WHERE ((status = 'held'::text) AND is_stream);
CREATE INDEX spend_reservations_updated_at_idx ON public.spend_reservations USING btree (updated_at) WHERE (status <> 'held'::text);
CREATE INDEX spend_reservations_user_id_idx ON public.spend_reservations USING btree (user_id);
CREATE INDEX store_items_team_id_idx ON public.store_items USING btree (team_id);
CREATE INDEX store_items_user_id_idx ON public.store_items USING btree (user_id, id);
CREATE UNIQUE INDEX team_members_team_id_user_id_idx ON public.team_members USING btree (team_id, user_id);
CREATE INDEX team_members_user_id_idx ON public.team_members USING btree (user_id);
CREATE INDEX teams_deleted_at_idx ON public.teams USING btree (deleted_at) WHERE (deleted_at IS NOT NULL);
CREATE UNIQUE INDEX teams_personal_user_id_idx ON public.teams USING btree (personal_user_id);
CREATE INDEX teams_tier_personal_user_id_idx ON public.teams USING btree (tier, personal_user_id) WHERE (personal_user_id IS NOT NULL);
CREATE UNIQUE INDEX upload_parts_storage_key_idx ON public.upload_parts USING btree (storage_provider, storage_key);
CREATE INDEX upload_parts_team_id_idx ON public.upload_parts USING btree (team_id);
CREATE INDEX upload_parts_upload_id_idx ON public.upload_parts USING btree (upload_id);
CREATE INDEX uploads_expires_at_idx ON public.uploads USING btree (expires_at);
CREATE INDEX uploads_file_id_idx ON public.uploads USING btree (file_id);
CREATE INDEX uploads_owner_id_idx ON public.uploads USING btree (owner_id);
CREATE INDEX uploads_team_id_idx ON public.uploads USING btree (team_id);
CREATE INDEX usage_records_api_key_id_idx ON public.usage_records USING btree (api_key_id);
CREATE UNIQUE INDEX usage_records_call_id_idx ON public.usage_records USING btree (call_id) WHERE (metric = 'ai_tokens'::text);
CREATE INDEX usage_records_project_id_idx ON public.usage_records USING btree (project_id);
CREATE INDEX usage_records_team_id_created_at_idx ON public.usage_records USING btree (team_id, created_at);
CREATE INDEX usage_records_user_id_created_at_idx ON public.usage_records USING btree (user_id, created_at);
CREATE INDEX user_erasures_finished_at_idx ON public.user_erasures USING btree (finished_at) WHERE (finished_at IS NOT NULL);
CREATE INDEX user_erasures_unfinished_idx ON public.user_erasures USING btree (updated_at) WHERE (finished_at IS NULL);
CREATE UNIQUE INDEX user_erasures_user_id_idx ON public.user_erasures USING btree (user_id);
CREATE INDEX users_created_at_id_idx ON public.users USING btree (created_at, id);
CREATE UNIQUE INDEX users_email_idx ON public.users USING btree (email);
CREATE INDEX users_role_idx ON public.users USING btree (role) WHERE (role = 'admin'::text);
CREATE INDEX users_search_idx ON public.users USING gin ((((((((COALESCE(email, ''::text) || ' '::text) || COALESCE(username, ''::text)) || ' '::text) || COALESCE(first_name, ''::text)) || ' '::text) || COALESCE(last_name, ''::text))) gin_trgm_ops);
CREATE UNIQUE INDEX users_service_team_id_idx ON public.users USING btree (service_team_id);
CREATE INDEX webhook_events_created_at_idx ON public.webhook_events USING btree (created_at);
CREATE UNIQUE INDEX webhook_events_provider_event_id_idx ON public.webhook_events USING btree (provider, event_id);

CREATE TRIGGER indexings_erase_postings BEFORE DELETE ON public.indexings FOR EACH ROW EXECUTE FUNCTION erase_postings();
CREATE TRIGGER sessions_delete_checkpoints AFTER DELETE ON public.sessions FOR EACH ROW EXECUTE FUNCTION delete_session_checkpoints();
CREATE TRIGGER spend_limits_lock BEFORE INSERT ON public.spend_limits FOR EACH ROW EXECUTE FUNCTION lock_spend_limits();
CREATE TRIGGER usage_records_count BEFORE INSERT ON public.usage_records FOR EACH ROW WHEN ((new.metric = ANY (ARRAY['ai_tokens'::text, 'ai_requests'::text]))) EXECUTE FUNCTION count_usage();
CREATE TRIGGER users_cost_budget AFTER UPDATE OF monthly_cost_budget ON public.users FOR EACH ROW WHEN ((new.monthly_cost_budget IS DISTINCT FROM old.monthly_cost_budget)) EXECUTE FUNCTION sync_cost_budget();

alter table agent_versions enable row level security;
alter table agent_versions force row level security;
create policy tenant_isolation on agent_versions as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table agents enable row level security;
alter table agents force row level security;
create policy tenant_isolation on agents as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table api_keys enable row level security;
alter table api_keys force row level security;
create policy tenant_isolation on api_keys as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table chunk_terms enable row level security;
alter table chunk_terms force row level security;
create policy tenant_isolation on chunk_terms as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table chunks enable row level security;
alter table chunks force row level security;
create policy tenant_isolation on chunks as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table conversation_items enable row level security;
alter table conversation_items force row level security;
create policy tenant_isolation on conversation_items as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table conversations enable row level security;
alter table conversations force row level security;
create policy tenant_isolation on conversations as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table document_batch_files enable row level security;
alter table document_batch_files force row level security;
create policy tenant_isolation on document_batch_files as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table document_batches enable row level security;
alter table document_batches force row level security;
create policy tenant_isolation on document_batches as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table documents enable row level security;
alter table documents force row level security;
create policy tenant_isolation on documents as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table files enable row level security;
alter table files force row level security;
create policy tenant_isolation on files as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table idempotency_keys enable row level security;
alter table idempotency_keys force row level security;
create policy tenant_isolation on idempotency_keys as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table indexings enable row level security;
alter table indexings force row level security;
create policy tenant_isolation on indexings as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table ingestion_attempts enable row level security;
alter table ingestion_attempts force row level security;
create policy tenant_isolation on ingestion_attempts as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table invitations enable row level security;
alter table invitations force row level security;
create policy tenant_isolation on invitations as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table mcp_servers enable row level security;
alter table mcp_servers force row level security;
create policy tenant_isolation on mcp_servers as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table memories enable row level security;
alter table memories force row level security;
create policy tenant_isolation on memories as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table memory_settings enable row level security;
alter table memory_settings force row level security;
create policy tenant_isolation on memory_settings as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table message_feedback enable row level security;
alter table message_feedback force row level security;
create policy tenant_isolation on message_feedback as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table messages enable row level security;
alter table messages force row level security;
create policy tenant_isolation on messages as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table project_stats enable row level security;
alter table project_stats force row level security;
create policy tenant_isolation on project_stats as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table projects enable row level security;
alter table projects force row level security;
create policy tenant_isolation on projects as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table prompt_versions enable row level security;
alter table prompt_versions force row level security;
create policy tenant_isolation on prompt_versions as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table prompts enable row level security;
alter table prompts force row level security;
create policy tenant_isolation on prompts as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table provider_keys enable row level security;
alter table provider_keys force row level security;
create policy tenant_isolation on provider_keys as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table responses enable row level security;
alter table responses force row level security;
create policy tenant_isolation on responses as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table run_events enable row level security;
alter table run_events force row level security;
create policy tenant_isolation on run_events as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table runs enable row level security;
alter table runs force row level security;
create policy tenant_isolation on runs as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table sessions enable row level security;
alter table sessions force row level security;
create policy tenant_isolation on sessions as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table spend_counters enable row level security;
alter table spend_counters force row level security;
create policy tenant_isolation on spend_counters as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table spend_limits enable row level security;
alter table spend_limits force row level security;
create policy tenant_isolation on spend_limits as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table spend_reservations enable row level security;
alter table spend_reservations force row level security;
create policy tenant_isolation on spend_reservations as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table store_items enable row level security;
alter table store_items force row level security;
create policy tenant_isolation on store_items as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table team_members enable row level security;
alter table team_members force row level security;
create policy tenant_isolation on team_members as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table team_models enable row level security;
alter table team_models force row level security;
create policy tenant_isolation on team_models as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table teams enable row level security;
alter table teams force row level security;
create policy tenant_isolation on teams as permissive for all to public
  using ((id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table upload_parts enable row level security;
alter table upload_parts force row level security;
create policy tenant_isolation on upload_parts as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table uploads enable row level security;
alter table uploads force row level security;
create policy tenant_isolation on uploads as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));

alter table usage_records enable row level security;
alter table usage_records force row level security;
create policy tenant_isolation on usage_records as permissive for all to public
  using ((team_id = ( SELECT current_team_id() AS current_team_id)) OR ( SELECT is_system_scope() AS is_system_scope));
