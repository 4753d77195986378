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
    coalesce(items.reward_id, 0) as reward_id,
    coalesce(items.quantity, 1) as quantity,
    coalesce(items.line_subtotal, orders.order_subtotal) as amount
from orders
left join {{ ref('stg_ulule__project_order_items') }} as items on orders.order_id = items.order_id
