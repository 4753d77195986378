{% set tables = crowdfunding_agency.loaded_tables() -%}

-- Tables without any row are tables, too.
with tables (table_key, schema_name, table_name) as (
    {% if tables %}
    values
    {% for table in tables %}
    ('{{ table.schema }}.{{ table.name }}', '{{ table.schema }}', '{{ table.name }}'){{ ',' if not loop.last }}
    {% endfor %}
    {% else %}
    select null::text, null::text, null::text where false
    {% endif %}
),

loads as (
    select * from {{ ref('data_quality_loads') }}
),

totals as (
    select
        table_key,
        sum(rows)::bigint as rows,
        sum(ghosts)::bigint as ghosts,
        count(*) as loads,
        max(load_started_at) as last_load,
        max(last_loaded_at) as last_loaded_at
    from loads
    group by table_key
)

select
    tables.table_key,
    tables.schema_name,
    tables.table_name,
    coalesce(totals.rows, 0) as rows,
    coalesce(totals.ghosts, 0) as ghosts,
    coalesce(totals.loads, 0) as loads,
    coalesce(loads.rows + loads.ghosts, 0) as rows_of_last_load,
    totals.last_loaded_at,
    round(extract(epoch from now() - totals.last_loaded_at)::numeric / 3600, 1) as hours_since_last_load
from tables
left join totals on tables.table_key = totals.table_key
left join loads on totals.table_key = loads.table_key and totals.last_load = loads.load_started_at
