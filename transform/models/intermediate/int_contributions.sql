-- Orders and pledges that count, by campaign and day.
{{ config(enabled=var('using_ulule', true) or var('using_micropledge', true)) }}

{% if var('using_ulule', true) %}
select
    campaign_key,
    'ulule' as platform,
    date,
    'orders' as source,
    count(distinct order_id) as contributions,
    sum(quantity)::bigint as products,
    sum(amount) as amount
from {{ ref('int_ulule__order_items') }}
group by campaign_key, date
{% endif %}
{% if var('using_ulule', true) and var('using_micropledge', true) %}
union all
{% endif %}
{% if var('using_micropledge', true) %}
select
    'micropledge:' || project_slug as campaign_key,
    'micropledge' as platform,
    (date at time zone 'UTC')::date as date,
    'pledges' as source,
    count(*) as contributions,
    null::bigint as products,
    sum(amount) as amount
from {{ ref('stg_micropledge__pledges') }}
group by 1, 3
{% endif %}
