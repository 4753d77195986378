{{ config(enabled=var('using_ulule', true) or var('using_micropledge', true)) }}

with contributions as (
    select campaign_key, sum(amount) as amount
    from {{ ref('int_contributions') }}
    group by campaign_key
)

select
    campaigns.campaign_key,
    campaigns.currency,
    campaigns.raised_amount as own_total,
    contributions.amount as contributions_total,
    contributions.amount - campaigns.raised_amount as difference,
    abs(contributions.amount - campaigns.raised_amount) < 1 as is_equal
from contributions
inner join {{ ref('campaigns') }} as campaigns on contributions.campaign_key = campaigns.campaign_key
