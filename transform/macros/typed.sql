{#- A column of a loaded table as the type that it means, whichever loader has made the column.

    Times without a zone are in UTC, and a JSON null is a null.

    Args:
        column: The column, quoted.
        held: Type of the column in the table.
        member: The member of the JSON object that the column holds, or nothing for all of it.
        type: Type that is wanted, or `localized`: of a text in several languages the one of the
            variable `language`, otherwise that of the first language there is.
-#}
{%- macro typed(column, held, member, type) -%}
    {{- return(adapter.dispatch('typed', 'crowdfunding_agency')(column, held, member, type)) -}}
{%- endmacro -%}

{%- macro default__typed(column, held, member, type) -%}
{%- set json = column ~ '::jsonb' -%}
{%- if member -%}
    ({{ json }} ->> '{{ member }}')::{{ type }}
{%- elif type == 'localized' -%}
    coalesce(
        {{ json }} ->> '{{ var("language", "fr") }}',
        (
            select text.value
            from jsonb_each_text(case jsonb_typeof({{ json }}) when 'object' then {{ json }} end) as text
            where text.value is not null
            order by text.key
            limit 1
        )
    )
{%- elif type == 'jsonb' -%}
    {{ 'to_jsonb(' ~ column ~ ')' if held.startswith(('array', '_')) else "nullif(" ~ json ~ ", 'null'::jsonb)" }}
{%- elif type == 'timestamptz' and held == 'timestamp without time zone' -%}
    {{ column }} at time zone 'UTC'
{%- else -%}
    {{ column }}::{{ type }}
{%- endif -%}
{%- endmacro -%}
