use greenlight_hurl::ast::Content;

use crate::{each_is_bad, request};

#[test]
fn xml_is_kept_as_written_to_the_end_of_its_root() {
    let table = [
        "<a/>",
        "<a\n b='1'\tc = \"2>\" />",
        "<a>text > &amp;&lt;&gt;&apos;&quot;&#65;&#x41; ] ]]</a >",
        "<é:b.c-d_1 xmlns:é='u'><:f/></é:b.c-d_1>",
        "<?xml version=\"1.0\" encoding='utf-8' standalone=\"no\" ?>\n\n<!-- c -->\n<a/>",
        "<?xml version='1.1'?><?xml-stylesheet x?><?p?><a/>",
        "<!DOCTYPE html><html><br/></html>",
        "<!DOCTYPE a PUBLIC \"p\" 's' [ <!ELEMENT a (b)> <!-- ] --> <?p ]?> ] >\n<a>&x;</a>",
        "<a><b><c>1</c></b><!-- - --><?pi?><![CDATA[ <x> & ]] ]]></a>",
        "<a>\r\n\t<b/>\r\n</a>",
        // Namespaces are not looked at.
        "<p:a q:b=''/>",
    ];
    for xml in table {
        for after in ["", "\n", " # c\nHTTP 200\n"] {
            let text = format!("POST http://h\n{xml}{after}");
            let body = request(&text).body.unwrap().content;
            assert_eq!(body, Content::Xml(xml.to_owned()));
        }
    }
}

#[test]
fn what_is_no_xml() {
    let bad = |xml: &str, expected: &str| {
        let text = format!("POST http://h\n{xml}");
        each_is_bad(&[(text.as_str(), expected)]);
    };
    bad("<a>", "2:2: a: the XML element is not closed");
    bad("<a></b>", "2:6: b: expected the end of the element \"a\"");
    bad(
        "<a><b></a>",
        "2:9: a: expected the end of the element \"b\"",
    );
    bad("</a>", "2:3: a: expected an element that begins");
    bad("< a/>", "2:2:  : expected a name after <");
    bad("<1/>", "2:2: 1: expected a name after <");
    bad("<a", "2:1: <a: the XML tag is not closed, expected >");
    bad("<a / >", "2:4: /: expected an attribute, > or />");
    bad("<a b>", "2:5: >: expected = after the attribute's name");
    bad(
        "<a b=1>",
        "2:6: 1: expected the attribute's value in quotes",
    );
    bad(
        "<a b='1'c='2'>",
        "2:9: c: expected a space, > or /> in the XML tag",
    );
    bad(
        "<a b='1' b='2'>",
        "2:10: b: expected each attribute once, \"b\" is here already",
    );
    bad("<a b='<'>", "2:7: <: < can't stand in an attribute's value");
    bad(
        "<a b='",
        "2:6: ': the attribute's value is not closed, expected its second quote",
    );
    bad("<a>]]></a>", "2:4: ]]>: ]]> can't stand in the text of XML");
    bad(
        "<a>&x;</a>",
        "2:4: &x;: expected an entity that XML knows, not \"x\"",
    );
    bad("<a>& </a>", "2:5:  : expected a name after &");
    bad(
        "<a>&lt</a>",
        "2:7: <: expected a semicolon after the entity's name",
    );
    let number = "expected the number of a character that XML allows, and a semicolon";
    bad("<a>&#0;</a>", &format!("2:4: &#0: {number}"));
    bad("<a>&#x110000;</a>", &format!("2:4: &#x110000: {number}"));
    bad("<a>&#;</a>", &format!("2:4: &#: {number}"));
    bad(
        "<a>\u{1}</a>",
        "2:4: \u{1}: this control character can't stand in XML",
    );
    bad(
        "<!-- x",
        "2:1: <!--: the XML comment is not closed, expected -->",
    );
    bad(
        "<!-- -- -->",
        "2:8:  : expected > after -- in an XML comment",
    );
    bad(
        "<a><![CDATA[",
        "2:4: <![CDATA[: the CDATA section is not closed, expected ]]>",
    );
    bad(
        "<a/><?x?>",
        "2:5: <?x?>: expected the end of the line after the body",
    );
    bad(
        "<a><?xml version='1.0'?></a>",
        "2:4: <?xml: expected the XML declaration at the very start of the document only",
    );
    bad(
        "<?a b",
        "2:1: <?a : the XML instruction is not closed, expected ?>",
    );
    bad(
        "<?xml version='2.0'?><a/>",
        "2:16: 2.0: expected the version 1.0 of XML",
    );
    bad(
        "<?xml ?><a/>",
        "2:7: ?: expected the version of XML, as in version=\"1.0\"",
    );
    bad(
        "<?xml version='1.0' encoding='UTF-16'?><a/>",
        "2:31: UTF-16: expected an encoding such as UTF-8",
    );
    bad(
        "<?xml version='1.0' standalone='x'?><a/>",
        "2:33: x: expected yes or no",
    );
    bad(
        "<?xml version='1.0'encoding='utf-8'?>",
        "2:20: e: expected ?> at the end of the XML declaration",
    );
    bad(
        "<!DOCTYPE>",
        "2:10: >: expected a space and a name after <!DOCTYPE",
    );
    bad(
        "<!DOCTYPE a PUBLIC 'x'><a/>",
        "2:23: >: expected a space and a text in quotes",
    );
    bad(
        "<!DOCTYPE a [ %x; ]><a/>",
        "2:15: %x;: expected an XML declaration or ], not \"%x;\"",
    );
    bad(
        "<!DOCTYPE a><!DOCTYPE a>",
        "2:13: <: expected one document type only",
    );
    bad("<!-- x -->\n", "3:1: : expected an XML element");
}
