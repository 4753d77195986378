-- Hours with what they cost: at the internal rate of the person and year, where none is known at
-- that of the nearest year before, else of the nearest after.
{{ config(enabled=var('using_moco', true)) }}

with rates as (
    select user_id, year, rate as hourly_rate
    from {{ ref('stg_moco__internal_rates') }}
    where rate is not null
),

activities as (
    select *, extract(year from date)::integer as year
    from {{ ref('stg_moco__activities') }}
)

select
    activities.activity_id,
    activities.date,
    activities.year,
    activities.user_id,
    activities.project_id,
    coalesce(activities.hours, 0) as hours,
    case when activities.billable then coalesce(activities.hours, 0) else 0 end as billable_hours,
    case when activities.billable then coalesce(activities.hours * activities.hourly_rate, 0) else 0 end
        as billable_value,
    coalesce(activities.billed, false) as is_billed,
    nearest.hourly_rate as internal_rate,
    coalesce(activities.hours, 0) * nearest.hourly_rate as cost
from activities
left join lateral (
    select rates.hourly_rate
    from rates
    where rates.user_id = activities.user_id
    order by (rates.year <= activities.year) desc, abs(rates.year - activities.year)
    limit 1
) as nearest on true
