-- migrate:up
create or replace function reserve_spend(call jsonb) returns jsonb language plpgsql set app.system = 'on' as $$
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
end $$;

-- migrate:down
create or replace function reserve_spend(call jsonb) returns jsonb language plpgsql set app.system = 'on' as $$
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
    select count(distinct coalesce(run_id, id)) into running from spend_reservations
      where team_id = (call ->> 'team_id')::uuid and status = 'held' and is_stream and expires_at > now()
        and (run_id is null or run_id is distinct from (call ->> 'run_id')::uuid);
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
