{#- The day that ages are counted to: the variable `today`, by default the day of the build (UTC). -#}
{%- macro today() -%}
{%- if var('today', none) -%} date '{{ var("today") }}' {%- else -%} (now() at time zone 'UTC')::date {%- endif -%}
{%- endmacro -%}

{#- Whether campaigns of any platform are loaded. -#}
{%- macro using_campaigns() -%}
{{- return(var('using_ulule', true) or var('using_miimosa', true) or var('using_micropledge', true)) -}}
{%- endmacro -%}

{#- A currency that no API tells, from a variable; null if it is not known. -#}
{%- macro currency(name) -%}
{%- if var(name, none) -%} '{{ var(name) }}' {%- else -%} null::text {%- endif -%}
{%- endmacro -%}

{#- The platforms that no build can see now: not in use, or without their table of campaigns. -#}
{%- macro absent_platforms() -%}
{%- set absent = [] -%}
{%- for platform in ('ulule', 'miimosa', 'micropledge') -%}
    {%- if not var('using_' ~ platform, true) -%}
        {%- do absent.append(platform) -%}
    {%- else -%}
        {%- set table = source(platform, 'projects') -%}
        {%- if execute and not load_relation(table) -%}
            {%- do absent.append(platform) -%}
        {%- endif -%}
    {%- endif -%}
{%- endfor -%}
{{- return(absent) -}}
{%- endmacro -%}
