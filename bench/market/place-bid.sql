-- What a bid writes, as one function: the order locked, its state and deadline looked at, the bid placed or revised only
-- downward, the heads of the topics moved, and the same events appended as Haggle appends.
create schema bench;

create type bench.placed as (bid_id uuid, revision integer);

create function bench.place_bid(order_id uuid, vendor_id uuid, amount numeric) returns bench.placed
language plpgsql volatile security definer as $$
#variable_conflict use_column
declare
  o orders;
  placed bids;
  happening jsonb;
  event uuid := gen_random_uuid();
  tag bigint := ('x' || substr(replace(event::text, '-', ''), 17))::bit(64)::bigint;
  told text;
  head bigint;
begin
  select * into o from orders where id = place_bid.order_id for no key update;
  if not found then raise exception 'There is no such order.'; end if;
  if o.status <> 'OPEN' or o.closes_at <= clock_timestamp() then raise exception 'The order takes no bids.'; end if;

  update orders set version = version + 1, placements = placements + 1 where id = o.id;

  insert into bids as b (id, order_id, vendor_id, alias, amount, revision, status, placed_at, placement)
  values (gen_random_uuid(), o.id, place_bid.vendor_id, 'Bidder ' || substr(event::text, 1, 6), place_bid.amount, 1, 'ACTIVE',
    clock_timestamp(), o.placements + 1)
  on conflict (order_id, vendor_id) do update set amount = excluded.amount, note = excluded.note,
    revision = b.revision + 1, status = excluded.status, placed_at = excluded.placed_at, placement = excluded.placement
    where excluded.amount < b.amount or b.status in ('WITHDRAWN', 'DECLINED')
  returning * into placed;
  if not found then raise exception 'A revision has to be lower.'; end if;

  happening := jsonb_build_object('bidId', placed.id, 'vendorId', placed.vendor_id, 'revision', placed.revision,
    'amount', placed.amount::text, 'currency', o.currency);
  foreach told in array case when o.visibility = 'OPEN'
    then array['order:' || o.id, 'order:' || o.id || ':vendors', 'user:' || o.customer_id]
    else array['order:' || o.id, 'user:' || o.customer_id] end
  loop
    insert into topics as t (topic, head, tag) values (told, 1, tag)
    on conflict (topic) do update set head = t.head + 1, tag = excluded.tag
    returning t.head into head;
    insert into events (topic, position, tag, id, kind, order_id, data, party, told, at)
    values (told, head, tag, event, 'bidPlaced', o.id, happening,
      case when told like 'user:%' then 'CUSTOMER'::party end, told like 'user:%', clock_timestamp());
  end loop;
  return (placed.id, placed.revision);
end $$;

-- The nth of each: a uuid that needs no table to be known.
create function bench.nth(kind text, n integer) returns uuid
language sql immutable parallel safe return md5(kind || ' ' || n)::uuid;
