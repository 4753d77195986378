-- What was ordered, of the orders that count: an order without items counts as one of no reward.
{{ config(enabled=var('using_ulule', true)) }}

with orders as (
    select *
    from {{ ref('stg_ulule__project_orders') }}
    where status in ('awaiting-confirmation', 'payment-completed', 'payment-done', 'shipped')
)

select
    'ulule:' || orders.project_id as campaign_key,
    orders.order_id,
    (orders.created_at at time zone 'UTC')::date as date,
    coalesce((item.entry ->> 'reward_id')::bigint, 0) as reward_id,
    coalesce((item.entry ->> 'quantity')::bigint, 1) as quantity,
    coalesce((item.entry ->> 'line_subtotal')::numeric, orders.order_subtotal) as amount
from orders
left join lateral jsonb_array_elements(
    case jsonb_typeof(orders.items) when 'array' then orders.items end
) as item (entry) on true
