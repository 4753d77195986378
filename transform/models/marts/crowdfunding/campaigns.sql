{{ config(enabled=crowdfunding_agency.using_campaigns()) }}

{% set platforms = [] %}
{% for platform in ('ulule', 'miimosa', 'micropledge') if var('using_' ~ platform, true) %}
    {% do platforms.append(platform) %}
{% endfor %}

with
{% if 'ulule' in platforms %}
ulule as (
    select
        'ulule' as platform,
        project_id::text as campaign_id,
        name,
        absolute_url as url,
        type,
        type = 'presale' as is_presale,
        currency,
        case when type <> 'presale' then goal::numeric end as goal_amount,
        case when type = 'presale' then goal end as goal_products,
        amount_raised::numeric as raised_amount,
        case when type = 'presale' then nb_products_sold end as products_sold,
        case when type = 'presale' then nb_products_sold else amount_raised end * 100.0 / nullif(goal, 0)
            as percent,
        supporters_count as backers,
        date_start as started_at,
        date_end as ended_at,
        case
            when is_cancelled then 'cancelled'
            when not is_online then 'draft'
            when not finished then 'live'
            when goal_raised then 'funded'
            else 'failed'
        end as state,
        status as platform_state,
        _sdc_extracted_at
    from {{ ref('stg_ulule__projects') }}
),
{% endif %}
{% if 'miimosa' in platforms %}
miimosa as (
    select
        'miimosa' as platform,
        project_id::text as campaign_id,
        title as name,
        url,
        type,
        false as is_presale,
        {{ crowdfunding_agency.currency('miimosa_currency') }} as currency,
        target as goal_amount,
        null::bigint as goal_products,
        collected as raised_amount,
        null::bigint as products_sold,
        collected * 100 / nullif(target, 0) as percent,
        null::bigint as backers,
        null::timestamptz as started_at,
        null::timestamptz as ended_at,
        case
            -- No document lists the states; what is listed is published.
            when status = 'finished' and collected >= target then 'funded'
            when status = 'finished' then 'failed'
            else 'live'
        end as state,
        status as platform_state,
        _sdc_extracted_at
    from {{ ref('stg_miimosa__projects') }}
),
{% endif %}
{% if 'micropledge' in platforms %}
micropledge as (
    select
        'micropledge' as platform,
        project_slug as campaign_id,
        name,
        null::text as url,
        null::text as type,
        false as is_presale,
        {{ crowdfunding_agency.currency('micropledge_currency') }} as currency,
        target as goal_amount,
        null::bigint as goal_products,
        pledged as raised_amount,
        null::bigint as products_sold,
        pledged * 100 / nullif(target, 0) as percent,
        num_pledges as backers,
        creation_date as started_at,
        null::timestamptz as ended_at,
        case
            when state = 'finished' and pledged >= target then 'funded'
            when state in ('finished', 'stalled') then 'failed'
            when state = 'inactive' then 'draft'
            else 'live'
        end as state,
        state as platform_state,
        _sdc_extracted_at
    from {{ ref('stg_micropledge__projects') }}
),
{% endif %}
united as (
    {% for platform in platforms %}
    select * from {{ platform }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    platform || ':' || campaign_id as campaign_key,
    platform::text as platform,
    campaign_id,
    name,
    url,
    type,
    is_presale,
    currency,
    goal_amount,
    goal_products,
    raised_amount,
    products_sold,
    round(percent, 1) as percent,
    backers,
    started_at,
    ended_at,
    state::text as state,
    platform_state,
    _sdc_extracted_at as loaded_at
from united
