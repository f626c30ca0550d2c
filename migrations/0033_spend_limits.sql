-- migrate:up
create table spend_limits (
  id uuid primary key,
  team_id uuid not null references teams (id) on delete cascade,
  scope text not null check (scope in ('team', 'user', 'project', 'api_key', 'run')),
  -- Whom of the scope; null: each of them by itself.
  user_id uuid references users (id) on delete cascade,
  project_id uuid references projects (id) on delete cascade,
  api_key_id uuid references api_keys (id) on delete cascade,
  "window" text not null check ("window" in ('day', 'month', 'total')),
  unit text not null check (unit in ('cost', 'tokens')),
  -- Millionths of the configured currency, or tokens.
  amount bigint not null check (amount >= 0),
  -- A user's own budget, which counts what they spend in every team.
  is_budget boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check (scope = 'user' or user_id is null),
  check (scope = 'project' or project_id is null),
  check (scope = 'api_key' or api_key_id is null),
  unique nulls not distinct (team_id, scope, user_id, project_id, api_key_id, "window", unit, is_budget)
);
create index spend_limits_user_id_idx on spend_limits (user_id);
create index spend_limits_project_id_idx on spend_limits (project_id);
create index spend_limits_api_key_id_idx on spend_limits (api_key_id);
call isolate_tenants('spend_limits');

-- What counts against a limit in one of its windows. Made at first use from the usage there is.
create table spend_counters (
  limit_id uuid not null references spend_limits (id) on delete cascade,
  subject_id uuid not null,
  period_start timestamptz not null,
  team_id uuid not null references teams (id) on delete cascade,
  used bigint not null default 0,
  reserved bigint not null default 0,
  updated_at timestamptz not null default now(),
  primary key (limit_id, subject_id, period_start)
);
create index spend_counters_team_id_idx on spend_counters (team_id);
create index spend_counters_period_start_idx on spend_counters (period_start);
call isolate_tenants('spend_counters');

-- What a call may use at most, held from before the call until its usage is written.
create table spend_reservations (
  id uuid primary key,
  team_id uuid not null references teams (id) on delete cascade,
  user_id uuid references users (id) on delete cascade,
  project_id uuid references projects (id) on delete set null,
  api_key_id uuid references api_keys (id) on delete set null,
  session_id uuid,
  run_id uuid,
  provider text not null,
  model text not null,
  -- Counts against the streams that a team may have at a time.
  is_stream boolean not null,
  status text not null default 'held' check (status in ('held', 'settled', 'released', 'expired')),
  reserved_cost_micros bigint not null,
  reserved_tokens bigint not null,
  settled_cost_micros bigint,
  settled_tokens bigint,
  -- Which counters hold how much: limit_id, subject_id, period_start, amount.
  holds jsonb not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index spend_reservations_team_id_idx on spend_reservations (team_id);
create index spend_reservations_user_id_idx on spend_reservations (user_id);
create index spend_reservations_project_id_idx on spend_reservations (project_id);
create index spend_reservations_api_key_id_idx on spend_reservations (api_key_id);
create index spend_reservations_run_id_idx on spend_reservations (run_id);
create index spend_reservations_expires_at_idx on spend_reservations (expires_at) where status = 'held';
create index spend_reservations_updated_at_idx on spend_reservations (updated_at) where status <> 'held';
call isolate_tenants('spend_reservations');

-- A new limit must see all usage that did not see the limit: usage takes this lock shared, a new limit alone.
create function lock_spend_limits() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtextextended(
    'spend:' || case when new.is_budget then new.user_id else new.team_id end::text, 0));
  return new;
end $$;
create trigger spend_limits_lock before insert on spend_limits
  for each row execute function lock_spend_limits();

-- The limits that somebody's call counts against, and the window of each; always in this order, so that
-- who locks several counters never waits for who waits for them.
create function applicable_spend_limits(payer jsonb, moment timestamptz) returns table (
  limit_id uuid, team_id uuid, scope text, "window" text, unit text, amount bigint, is_budget boolean,
  subject_id uuid, period_start timestamptz, resets_at timestamptz
) language sql stable set app.system = 'on' as $$
  select l.id, l.team_id, l.scope, l."window", l.unit, l.amount, l.is_budget, l.subject_id,
    case l."window" when 'total' then 'epoch'::timestamptz
      else date_trunc(l."window", moment at time zone 'UTC') at time zone 'UTC' end,
    case l."window" when 'total' then null
      else (date_trunc(l."window", moment at time zone 'UTC') + ('1 ' || l."window")::interval) at time zone 'UTC' end
  from (
    select spend_limits.*, case spend_limits.scope
        when 'team' then spend_limits.team_id
        when 'user' then (payer ->> 'user_id')::uuid
        when 'project' then (payer ->> 'project_id')::uuid
        when 'api_key' then (payer ->> 'api_key_id')::uuid
        else (payer ->> 'run_id')::uuid end as subject_id
    from spend_limits
    where (spend_limits.team_id = (payer ->> 'team_id')::uuid and not spend_limits.is_budget)
      or (spend_limits.user_id = (payer ->> 'user_id')::uuid and spend_limits.is_budget)
  ) as l
  where l.subject_id is not null
    and coalesce(l.user_id, l.project_id, l.api_key_id, l.subject_id) = l.subject_id
  order by l.id, l.subject_id
$$;

create function ensure_spend_counter(counted record) returns void language plpgsql set app.system = 'on' as $$
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
end $$;

-- Holds what a call may use at most against every limit on it, or says what stands in its way and holds nothing.
create function reserve_spend(call jsonb) returns jsonb language plpgsql set app.system = 'on' as $$
declare
  counted record;
  counter record;
  needed bigint;
  holds jsonb := '[]';
  most integer;
  running integer;
begin
  if call -> 'stream_caps' <> 'null' then
    perform pg_advisory_xact_lock(hashtextextended('streams:' || (call ->> 'team_id'), 0));
    select (call -> 'stream_caps' ->> tier)::integer into most from teams where id = (call ->> 'team_id')::uuid;
    select count(*) into running from spend_reservations
      where team_id = (call ->> 'team_id')::uuid and status = 'held' and is_stream and expires_at > now();
    if running >= most then
      return jsonb_build_object('refused_by', 'streams', 'most', most, 'running', running);
    end if;
  end if;
  for counted in select * from applicable_spend_limits(call, now()) loop
    perform ensure_spend_counter(counted);
    select used, reserved into counter from spend_counters c where c.limit_id = counted.limit_id
      and c.subject_id = counted.subject_id and c.period_start = counted.period_start for update;
    continue when not found;
    needed := case counted.unit when 'cost' then (call ->> 'cost_micros')::bigint else (call ->> 'tokens')::bigint end;
    if needed > 0 and counter.used + counter.reserved + needed > counted.amount then
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
end $$;

-- Adds to what a running call holds; refused, it holds what it held.
create function extend_spend(call jsonb) returns jsonb language plpgsql set app.system = 'on' as $$
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
end $$;

-- Gives back what a reservation holds, once, and says whether it held anything.
create function release_spend(reservation_id uuid, outcome text) returns boolean language plpgsql
  set app.system = 'on' as $$
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
end $$;

-- Usage counts where it is written, in its transaction, and ends the reservations of what it pays for: those of
-- its call, or all of its run. A call counts once, whoever writes it and however late.
create function count_usage() returns trigger language plpgsql set app.system = 'on' as $$
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
end $$;
create trigger usage_records_count before insert on usage_records
  for each row when (new.metric in ('ai_tokens', 'ai_requests')) execute function count_usage();

-- migrate:down
drop trigger usage_records_count on usage_records;
drop table spend_reservations, spend_counters, spend_limits;
drop function count_usage();
drop function release_spend(uuid, text);
drop function extend_spend(jsonb);
drop function reserve_spend(jsonb);
drop function ensure_spend_counter(record);
drop function applicable_spend_limits(jsonb, timestamptz);
drop function lock_spend_limits();
