-- migrate:up
-- What a run used is billed when its turn ends, by whichever process ends it, and may come late where many wait for
-- one limit. Until then what was reserved for it is all that the limit knows of it, and must not lapse.
create function expire_spend_reservation() returns boolean language plpgsql set app.system = 'on' as $$
declare
  lost uuid;
begin
  select s.id into lost from spend_reservations s
    where s.status = 'held' and s.expires_at < now()
      and not exists (select from runs r where r.id = s.run_id and r.status = 'running')
    order by s.expires_at limit 1 for update skip locked;
  return lost is not null and release_spend(lost, 'expired');
end $$;

-- migrate:down
drop function expire_spend_reservation();
