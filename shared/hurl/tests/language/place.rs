use greenlight_hurl::{Place, Problem, Source, Span, parse};

fn show(text: &str) -> String {
    let source = Source::new("smoke/login.hurl", text);
    parse(text).unwrap_err().show(&source)
}

#[test]
fn a_problem_is_shown_with_its_line_and_a_marker() {
    assert_eq!(
        show("GET http://h\n\nHTTP/1.1 abc\n"),
        "  --> smoke/login.hurl:3:10\n   |\n 3 | HTTP/1.1 abc\n   |          ^^^ expected a status, \
         a number or *\n"
    );
    assert_eq!(
        show(&format!("{}get http://h", "\n".repeat(99))),
        "    --> smoke/login.hurl:100:1\n     |\n 100 | get http://h\n     | ^^^ expected a method \
         in upper-case letters\n     = write GET\n"
    );
}

#[test]
fn a_problem_is_one_line_for_a_log() {
    let text = "GET http://h\n[Options]\nmax_time: 1";
    let line = parse(text)
        .unwrap_err()
        .line(&Source::new("a\u{1b}b", text));
    assert_eq!(
        line,
        "a\u{fffd}b:3:1: expected an option's name, not \"max_time\"; did you mean max-time?"
    );
}

fn snippet(text: &str, start: usize, end: usize) -> Vec<String> {
    let shown = Source::new("x", text).snippet(Span::new(start, end));
    shown.lines().map(str::to_owned).collect()
}

#[test]
fn the_marker_stands_below_what_it_marks() {
    // A tab is four columns, a letter of Chinese two, an accent on its own none.
    let table = [
        ("a\tb", 2, 3, [" 1 | a    b", "   |      ^"]),
        ("a\tb", 1, 3, [" 1 | a    b", "   |  ^^^^^"]),
        ("日本x", 6, 7, [" 1 | 日本x", "   |     ^"]),
        ("日本x", 3, 6, [" 1 | 日本x", "   |   ^^"]),
        ("e\u{301}x", 3, 4, [" 1 | e\u{301}x", "   |  ^"]),
        ("\u{feff}ab", 4, 5, [" 1 | ab", "   |  ^"]),
        ("a\r\nb", 0, 1, [" 1 | a", "   | ^"]),
        ("ab", 2, 2, [" 1 | ab", "   |   ^"]),
        ("ab\n", 2, 3, [" 1 | ab", "   |   ^"]),
        ("a\n", 2, 2, [" 2 |", "   | ^"]),
        ("", 0, 0, [" 1 |", "   | ^"]),
        // Several lines: the first one.
        ("x\nab\ncd", 3, 7, [" 2 | ab", "   |  ^"]),
        // Past the end, or within a character.
        ("ab", 70, 90, [" 1 | ab", "   |   ^"]),
        ("é", 1, 2, [" 1 | é", "   | ^"]),
        // What would do something to a terminal.
        (
            "\u{1b}[2J\u{9b}\u{202e}x",
            0,
            1,
            [" 1 | \u{fffd}[2J\u{fffd}\u{fffd}x", "   | ^"],
        ),
    ];
    for (text, start, end, expected) in table {
        assert_eq!(
            snippet(text, start, end),
            expected,
            "{text:?} {start} {end}"
        );
    }
}

#[test]
fn a_long_line_is_cut_around_the_marker() {
    let text = format!("{}HERE{}", "a".repeat(500_000), "b".repeat(500_000));
    let lines = snippet(&text, 500_000, 500_004);
    assert!(lines.iter().all(|line| line.chars().count() < 140));
    let (shown, marker) = (&lines[0], &lines[1]);
    assert!(shown.contains("…aaa") && shown.contains("aHEREb") && shown.ends_with("b…"));
    let column = |line: &str, what: &str| {
        let at = line.find(what).unwrap();
        line[..at].chars().count()
    };
    assert_eq!(column(shown, "HERE"), column(marker, "^^^^"));
    assert_eq!(marker.matches('^').count(), 4);

    // A marker never runs on without an end, nor do characters of no width.
    assert!(snippet(&text, 0, 900_000)[1].len() < 140);
    let combining = "\u{301}".repeat(100_000);
    assert!(snippet(&combining, 100_000, 100_002)[0].len() < 2000);
}

#[test]
fn places_count_characters_from_one() {
    let text = "ab\né日x\r\n\n\tq";
    let source = Source::new("x", text);
    let place = |at| {
        let Place { line, column } = source.place(Span::new(at, at));
        (line, column)
    };
    assert_eq!(place(0), (1, 1));
    assert_eq!(place(2), (1, 3));
    assert_eq!(place(3), (2, 1));
    assert_eq!(place(5), (2, 2));
    assert_eq!(place(8), (2, 3));
    assert_eq!(place(11), (3, 1));
    assert_eq!(place(13), (4, 2));
    assert_eq!(place(14), (4, 3));
    assert_eq!(place(999), (4, 3));
    let marked = Source::new("x", "\u{feff}ab");
    assert_eq!(marked.place(Span::new(3, 4)).to_string(), "1:1");
}

#[test]
fn many_places_in_a_long_line_are_quick() {
    let text = "é".repeat(500_000);
    let source = Source::new("x", text);
    let columns = (0..500_000).map(|n| source.place(Span::new(n * 2, n * 2)).column);
    assert!(columns.eq(1..=500_000));
}

#[test]
fn a_message_is_tame_whatever_it_says() {
    let problem = Problem::new(Span::new(0, 1), "a\u{1b}b\nc").with_remedy("\u{7}");
    let shown = problem.show(&Source::new("n\n", "x"));
    assert!(
        shown.chars().all(|c| c == '\n' || !c.is_control()),
        "{shown:?}"
    );
    assert_eq!(shown.lines().count(), 5);
}
