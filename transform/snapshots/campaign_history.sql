{% snapshot campaign_history %}
{{ config(
    enabled=crowdfunding_agency.using_campaigns(),
    unique_key='campaign_key',
    strategy='check',
    check_cols=['name', 'currency', 'goal_amount', 'goal_products', 'raised_amount', 'products_sold', 'backers', 'started_at', 'ended_at', 'state'],
    hard_deletes='invalidate',
) }}
select * from {{ ref('campaigns') }}
{% set absent = crowdfunding_agency.absent_platforms() -%}
{%- set earlier = load_relation(this) if execute and absent -%}
{%- if earlier -%}
-- A platform that is not loaded now says nothing of its campaigns: they are as they were.
{%- set known = adapter.get_columns_in_relation(earlier) | map(attribute='name') | list %}
union all
select
    {%- for column in adapter.get_columns_in_relation(ref('campaigns')) %}
    {% if column.name in known %}{{ column.quoted }}{% else %}cast(null as {{ column.data_type }}){% endif %}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ earlier }}
where dbt_valid_to is null and platform in ('{{ absent | join("', '") }}')
{%- endif %}
{% endsnapshot %}
