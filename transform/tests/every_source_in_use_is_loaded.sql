-- A row for each source in use in whose schema no tap has loaded a table.
{% set loaded = crowdfunding_agency.loaded_tables() | map(attribute='schema') | list -%}
{%- set missing = [] -%}
{%- if execute -%}
    {%- for source, schema in crowdfunding_agency.source_schemas().items() if schema not in loaded -%}
        {%- do missing.append(source) -%}
        {%- do exceptions.warn(
            "Schema " ~ schema ~ " holds no table that a tap has loaded. Set the variable "
            ~ source ~ "_schema to where they are, or using_" ~ source ~ " to false."
        ) -%}
    {%- endfor -%}
{%- endif -%}
{% for source in missing %}
select '{{ source }}' as source
{{ 'union all' if not loop.last }}
{% else %}
select null as source where false
{% endfor %}
