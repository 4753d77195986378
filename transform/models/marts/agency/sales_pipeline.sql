{{ config(enabled=var('using_moco', true)) }}

select
    stage_id,
    stage,
    probability,
    currency,
    count(*) filter (where is_open) as open_deals,
    coalesce(sum(value) filter (where is_open), 0) as open_value,
    round(coalesce(sum(value * probability / 100) filter (where is_open), 0), 2) as weighted_value,
    round(avg(age_days) filter (where is_open), 1) as average_age_days,
    max(age_days) filter (where is_open) as oldest_age_days,
    count(*) filter (where status = 'won') as won_deals,
    coalesce(sum(value) filter (where status = 'won'), 0) as won_value,
    count(*) filter (where status = 'lost') as lost_deals,
    count(*) filter (where status = 'dropped') as dropped_deals,
    round(
        count(*) filter (where status = 'won') * 100.0
        / nullif(count(*) filter (where status in ('won', 'lost', 'dropped')), 0),
        1
    ) as won_rate_percent
from {{ ref('int_moco__deals') }}
group by stage_id, stage, probability, currency
