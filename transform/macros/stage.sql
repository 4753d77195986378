{#- The select of a staging model: typed columns of the rows of a loaded table that are not deleted.

    A table or column that was not loaded is no error: the column is null, of its type, and the
    table has no rows. So only the streams and columns that somebody wants need to be loaded.

    Args:
        source_name: Name of the source.
        stream: Name of the table.
        columns: For each column of the model its name, what it is in the table (a column, or
            `column.member` for a member of a JSON object), and its type: one of PostgreSQL's,
            or `localized` for a text in several languages.
-#}
{%- macro stage(source_name, stream, columns) -%}
    {{- return(adapter.dispatch('stage', 'crowdfunding_agency')(source_name, stream, columns)) -}}
{%- endmacro -%}

{%- macro default__stage(source_name, stream, columns) -%}
{%- set table = source(source_name, stream) -%}
{%- set types = crowdfunding_agency.loaded_columns(table) -%}
select
{%- for name, origin, type in columns %}
    {% set held = types.get(origin.split('.')[0] | lower) -%}
    {%- if held -%}
    {{ crowdfunding_agency.typed(held.quoted, held.dtype | lower, origin.split('.')[1:] | first, type) }}
    {%- else -%}
    cast(null as {{ 'text' if type == 'localized' else type }})
    {%- endif %} as {{ adapter.quote(name) }}{{ ',' if not loop.last }}
{%- endfor %}
{% if types -%}
from {{ table }}
{%- if '_sdc_deleted_at' in types %}
where _sdc_deleted_at is null
{%- endif %}
{%- else -%}
where false
{%- endif %}
{%- endmacro -%}


{#- A table's columns by their names in small letters; none of a table that is not there. -#}
{%- macro loaded_columns(table) -%}
    {%- set types = {} -%}
    {%- if execute -%}
        {%- set found = adapter.get_relation(table.database, table.schema, table.identifier) -%}
        {%- if found is none -%}
            {%- do log('Table ' ~ table ~ ' is not loaded: it counts as empty.', info=false) -%}
        {%- else -%}
            {%- for column in adapter.get_columns_in_relation(found) -%}
                {%- do types.update({column.name | lower: column}) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}
    {{- return(types) -}}
{%- endmacro -%}
