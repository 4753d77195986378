{% set tables = crowdfunding_agency.loaded_tables() -%}

{% for table in tables %}
{%- set extracted_at = '_sdc_extracted_at' if table.tells_zone else "_sdc_extracted_at at time zone 'UTC'" %}
select
    '{{ table.schema }}.{{ table.name }}' as table_key,
    -- A loader that does not say when it started is told by the minute in which the row was read.
    coalesce(
        {% if table.tells_load %}to_timestamp(_sdc_sync_started_at / 1000.0),{% endif %}
        date_trunc('minute', {{ extracted_at }}),
        'epoch'
    ) as load_started_at,
    {% if table.marks_deleted -%}
    count(*) filter (where _sdc_deleted_at is null) as rows,
    count(*) filter (where _sdc_deleted_at is not null) as ghosts
    {%- else -%}
    count(*) as rows,
    0::bigint as ghosts
    {%- endif %},
    max({{ extracted_at }}) as last_loaded_at
from {{ adapter.quote(table.schema) }}.{{ adapter.quote(table.name) }}
group by 1, 2
{{ 'union all' if not loop.last }}
{% else %}
select
    null::text as table_key, null::timestamptz as load_started_at, 0::bigint as rows,
    0::bigint as ghosts, null::timestamptz as last_loaded_at
where false
{% endfor %}
