package dev.plumbline.lm.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Expected texts are what Jinja2 3.1.6 prints with transformers' options. */
class JinjaTemplateTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2024-03-05T07:08:09Z"), ZoneOffset.UTC);

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '`',
            value = {
                "{{ none }} {{ true }} {{ 1.0 }} {{ 10000000000000000.0 }}~None True 1.0 1e+16",
                "{{ ['a', none, {'b': \"it's\"}] }}~['a', None, {'b': \"it's\"}]",
                "{{ '<a & \\'b\\'>é' | tojson }}~\"<a & 'b'>é\"",
                "{{ {'b': [1], 'a': []} | tojson(indent=1) | replace('\\n', '/') }}~{/ \"b\": [/  1/ ],/ \"a\": []/}",
                "{{ 'xxaxx'.strip('x') }}{{ '  a\\n'.lstrip(' ') | tojson }}~a\"a\\n\"",
                "{{ 'a,b,c'.split(',', 1) }}{{ 'a b'.split()[-1] }}~['a', 'b,c']b",
                "{{ [1, 2, 3][::-1] }}{{ 'abc'[1:] }}~[3, 2, 1]bc",
                "{{ '👍🏽' | length }}~2",
                "{{ [1] == [1.0] }} {{ none in [none] }} {{ -7 % 3 }}~True True 2",
                "{% for i in [1, 2] %}{% if loop.first %}{% set x = 1 %}{% endif %}[{{ x }}]{% endfor %}~[1][]",
                "{% for i in range(5) %}{{ i }}{% if i == 2 %}!{% break %}{% endif %}{% endfor %}~012!",
                "{% for i in [1, 2] %}{% if i == 1 %}{% continue %}{% endif %}{{ i }}{% endfor %}~2",
                "{% macro m() %}[{{ x }}]{% endmacro %}{% for x in [1] %}{{ m() }}{% endfor %}~[]",
                "{% macro m(a, b=2) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}{{ m(1, b=3) }}~1213",
                "{% set ns = namespace(n=0) %}{% for i in [1, 2] %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}~3",
                "{% for x in nothing %}{{ x }}{% else %}none{% endfor %}~none",
                "{% set s = {'items': 1} %}{{ s['items'] }}{{ s.items() | list }}~1[('items', 1)]",
                "{{ nothing }}{{ nothing | default('d') }}{{ '' | default('d', true) }}~dd",
                "{{ [{'r': 'u'}, {'r': 'a'}] | selectattr('r', 'equalto', 'u') | map(attribute='r') | join }}~u",
                "{% generation %}a{% endgeneration %}b~ab",
                "{{ strftime_now('%d %b %Y %H:%M') }}~05 Mar 2024 07:08",
            })
    void printsWhatJinja2Prints(String template, String printed) {
        assertThat(rendered(template)).isEqualTo(printed);
    }

    @Test
    void newlinesAfterBlocksAndIndentationBeforeThemAreNotPrinted() {
        assertThat(rendered("a\n  {% if true %}\n  b\n  {% endif %}\n{# c #}\n  {{ 1 }}\n"))
                .isEqualTo("a\n  b\n  1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ 'a' + 1 }}",
                "{{ 'a' + none }}",
                "{{ nothing.a }}",
                "{{ nothing() }}",
                "{{ nothing | tojson }}",
                "{{ 1 | nofilter }}",
                "{{ 1 is notest }}",
                "{{ 'a'.nomethod() }}",
                "{{ 1e5 }}",
                "{{ range(1000000) }}",
                "{{ strftime_now('%Q') }}",
                "{% include 'file' %}",
                "{% if %}",
                "{% for x in [1] %}",
                "{{ 'a",
            })
    void whatCannotBeRenderedIsRefusedAloud(String template) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> rendered(template))
                .withMessageStartingWith("the template cannot be ");
    }

    @Test
    void whatATemplateRaisesIsSaidInItsWords() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> rendered("{{ raise_exception('no ' ~ 1) }}"))
                .withMessage("no 1 (says the template)");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
                "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
                "{% set ns = namespace(x='a') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
                "{{ 'aaaaaaaaaa' * 99999999 }}",
            })
    void aTemplateWithoutEndIsStopped(String template) {
        assertThatIllegalArgumentException().isThrownBy(() -> rendered(template));
    }

    @Test
    void aTemplateSeesNothingOfTheHost() {
        assertThat(rendered("{{ java is defined }}{{ Packages is defined }}{{ 'a'.__class__ is defined }}"
                        + "{{ ''.constructor is defined }}"))
                .isEqualTo("FalseFalseFalseFalse");
    }

    private static String rendered(String template) {
        ObjectNode variables = JsonFile.MAPPER.createObjectNode();
        return new JinjaTemplate(template, "the template", CLOCK).render(variables);
    }
}
