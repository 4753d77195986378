{{ config(enabled=var('using_ulule', true) or var('using_micropledge', true)) }}

with
{% if var('using_ulule', true) %}
ulule as (
    select
        'ulule:' || project_id as campaign_key,
        'ulule' as platform,
        (date_creation at time zone 'UTC')::date as date,
        count(*) as supporters
    from {{ ref('stg_ulule__project_supporters') }}
    where date_creation is not null
    group by 1, 3
),
{% endif %}
{% if var('using_micropledge', true) %}
-- Somebody's first pledge; nobody knows who the anonymous ones are.
first_pledges as (
    select project_slug, min(date) as date
    from {{ ref('stg_micropledge__pledges') }}
    where userslug <> '(anonymous)'
    group by project_slug, userslug
    union all
    select project_slug, date
    from {{ ref('stg_micropledge__pledges') }}
    where userslug = '(anonymous)'
),

micropledge as (
    select
        'micropledge:' || project_slug as campaign_key,
        'micropledge' as platform,
        (date at time zone 'UTC')::date as date,
        count(*) as supporters
    from first_pledges
    group by 1, 3
),
{% endif %}
days as (
    {% if var('using_ulule', true) %}
    select * from ulule
    {% endif %}
    {% if var('using_ulule', true) and var('using_micropledge', true) %}
    union all
    {% endif %}
    {% if var('using_micropledge', true) %}
    select * from micropledge
    {% endif %}
)

select
    campaign_key,
    platform::text as platform,
    date,
    supporters,
    sum(supporters) over (partition by campaign_key order by date)::bigint as supporters_total
from days
