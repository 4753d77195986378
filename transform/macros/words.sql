{#- The different words of a text, in small letters, as an array. -#}
{%- macro words(column) -%}
array(
    select distinct word
    from regexp_split_to_table(lower({{ column }}), '[^[:alnum:]]+') as word
    where word <> ''
)
{%- endmacro -%}
