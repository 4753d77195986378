{#- The schemas of the sources in use, by the names of the sources. -#}
{%- macro source_schemas() -%}
{%- set found = {} -%}
{%- for source in ('moco', 'ulule', 'miimosa', 'micropledge', 'leads') if var('using_' ~ source, true) -%}
    {%- do found.update({source: var(source ~ '_schema', source)}) -%}
{%- endfor -%}
{{- return(found) -}}
{%- endmacro -%}

{#- The tables that Singer taps have loaded into the schemas of the sources in use, ordered. -#}
{%- macro loaded_tables() -%}
{%- set found = [] -%}
{%- if execute -%}
    {%- set schemas = crowdfunding_agency.source_schemas().values() -%}
    {%- set query -%}
        select
            columns.table_schema,
            columns.table_name,
            bool_or(columns.column_name = '_sdc_deleted_at') as marks_deleted,
            bool_or(columns.column_name = '_sdc_sync_started_at') as tells_load,
            bool_or(
                columns.column_name = '_sdc_extracted_at'
                and columns.data_type = 'timestamp with time zone'
            ) as tells_zone
        from information_schema.columns as columns
        inner join information_schema.tables as tables
            on columns.table_schema = tables.table_schema and columns.table_name = tables.table_name
        where
            tables.table_type = 'BASE TABLE'
            and columns.table_schema in ('{{ schemas | join("', '") }}')
        group by columns.table_schema, columns.table_name
        having bool_or(columns.column_name = '_sdc_extracted_at')
        order by columns.table_schema, columns.table_name
    {%- endset -%}
    {%- for row in run_query(query) -%}
        {%- do found.append({'schema': row[0], 'name': row[1], 'marks_deleted': row[2], 'tells_load': row[3], 'tells_zone': row[4]}) -%}
    {%- endfor -%}
{%- endif -%}
{{- return(found) -}}
{%- endmacro -%}
