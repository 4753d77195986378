{{ config(enabled=var('using_ulule', true)) }}

with sold as (
    select
        campaign_key,
        reward_id,
        count(distinct order_id) as orders,
        sum(quantity)::bigint as quantity,
        sum(amount) as amount
    from {{ ref('int_ulule__order_items') }}
    group by campaign_key, reward_id
),

rewards as (
    select *, 'ulule:' || project_id as campaign_key
    from {{ ref('stg_ulule__project_rewards') }}
),

joined as (
    select
        coalesce(rewards.campaign_key, sold.campaign_key) as campaign_key,
        coalesce(rewards.reward_id, sold.reward_id) as reward_id,
        coalesce(nullif(rewards.title, ''), rewards.description) as reward,
        rewards.price,
        coalesce(sold.orders, 0) as orders,
        coalesce(sold.quantity, 0) as quantity,
        coalesce(sold.amount, 0) as amount,
        rewards.stock,
        rewards.stock_taken
    from rewards
    full outer join sold
        on rewards.campaign_key = sold.campaign_key and rewards.reward_id = sold.reward_id
)

select
    joined.campaign_key,
    joined.reward_id,
    joined.reward,
    joined.price,
    campaigns.currency,
    joined.orders,
    joined.quantity,
    joined.amount,
    joined.stock,
    joined.stock_taken
from joined
inner join {{ ref('campaigns') }} as campaigns on joined.campaign_key = campaigns.campaign_key
