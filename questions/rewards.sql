-- Which rewards are sold most on Ulule? Money that was given without one has no reward.
select orders.project_id, (item ->> 'reward_id')::bigint as reward_id,
    sum((item ->> 'quantity')::int) as pieces
from ulule.project_orders as orders
cross join lateral jsonb_array_elements(to_jsonb(orders.items)) as items(item)
where orders._sdc_deleted_at is null
    and orders.status in ('awaiting-confirmation', 'payment-completed', 'payment-done', 'shipped')
group by 1, 2
order by pieces desc, 1, 2;
