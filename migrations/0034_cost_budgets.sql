-- migrate:up
-- Millionths of the configured currency that a user may spend a month, in all teams together.
alter table users add column monthly_cost_budget bigint check (monthly_cost_budget >= 0);

-- A budget is a limit like the others: its row lives with the user's personal team.
create function sync_cost_budget() returns trigger language plpgsql set app.system = 'on' as $$
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
end $$;
create trigger users_cost_budget after update of monthly_cost_budget on users
  for each row when (new.monthly_cost_budget is distinct from old.monthly_cost_budget)
  execute function sync_cost_budget();

-- migrate:down
drop trigger users_cost_budget on users;
drop function sync_cost_budget();
delete from spend_limits where is_budget;
alter table users drop column monthly_cost_budget;
