-- migrate:up
-- The same limits as before. As a function in SQL, which a setting keeps from being part of its caller's plan, it was
-- planned anew for each call of a model, and took longer for that than all else that reserving does.
create or replace function applicable_spend_limits(payer jsonb, moment timestamptz) returns table (
  limit_id uuid, team_id uuid, scope text, "window" text, unit text, amount bigint, is_budget boolean,
  subject_id uuid, period_start timestamptz, resets_at timestamptz
) language plpgsql stable set app.system = 'on' as $$
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
end $$;

-- migrate:down
create or replace function applicable_spend_limits(payer jsonb, moment timestamptz) returns table (
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
