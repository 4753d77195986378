{{ config(enabled=var('using_moco', true)) }}

with people as (
    select user_id, concat_ws(' ', firstname, lastname) as person
    from {{ ref('stg_moco__users') }}
),

rates as (
    select user_id, year::integer as year, rate as hourly_rate
    from {{ ref('stg_moco__internal_rates') }}
    where rate is not null
),

hours as (
    select
        user_id,
        year,
        max(internal_rate) as hourly_rate,
        sum(hours) as hours,
        sum(billable_hours) as billable_hours,
        sum(cost) as cost,
        sum(billable_value) as billable_value
    from {{ ref('int_moco__hours') }}
    group by user_id, year
)

select
    coalesce(hours.user_id, rates.user_id) as user_id,
    people.person,
    coalesce(hours.year, rates.year) as year,
    '{{ var("account_currency", "EUR") }}'::text as currency,
    coalesce(rates.hourly_rate, hours.hourly_rate) as hourly_rate,
    rates.hourly_rate is null and hours.hourly_rate is not null as is_rate_of_another_year,
    coalesce(hours.hours, 0) as hours,
    coalesce(hours.billable_hours, 0) as billable_hours,
    case when hours.user_id is null then 0 else hours.cost end as cost,
    coalesce(hours.billable_value, 0) as billable_value
from hours
full outer join rates on hours.user_id = rates.user_id and hours.year = rates.year
left join people on coalesce(hours.user_id, rates.user_id) = people.user_id
