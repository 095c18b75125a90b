use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

fn clean(markup: &str) -> String {
    Html::clean(markup, None).map(|h| h.to_string()).unwrap_or_default()
}

/// What remains of hostile input, and what of it is said to have been active.
const HOSTILE: &[(&str, &str, &str)] = &[
    // Elements that run or load.
    ("<p>a<script>alert(1)</script>b</p>", "<p>ab</p>", "script"),
    ("<SCRIPT SRC=//x.example/a.js></SCRIPT>a", "a", "script"),
    ("<script>a</script", "", "script"),
    ("a<style>@import url(https://x.example/a.css)</style>", "a", ""),
    ("a<iframe src=\"https://x.example/\">b</iframe>", "a", "iframe"),
    ("<iframe srcdoc=\"<script>1</script>\"></iframe>a", "a", "iframe"),
    ("<object data=\"a.swf\"><embed src=\"a.swf\">a</object>", "a", "object"),
    ("<form action=\"https://x.example/\"><input name=x><button>a</button></form>", "a", "form"),
    ("<p>a<textarea><img src=x onerror=alert(1)></textarea></p>", "<p>a</p>", "textarea"),
    ("<meta http-equiv=refresh content=\"0;url=https://x.example/\">a", "a", "meta"),
    ("<base href=\"https://x.example/\"><a href=\"b\">a</a>", "<a rel=\"noopener nofollow ugc\">a</a>", "base"),
    ("<link rel=stylesheet href=//x.example/a.css>a", "a", "link"),
    ("<svg><script>alert(1)</script><a xlink:href=\"javascript:1\">x</a></svg>a", "a", "svg"),
    ("<svg onload=alert(1)>a", "", "svg"),
    ("<math href=\"javascript:alert(1)\">a</math>", "a", "math"),
    ("<template><script>1</script></template>a", "a", "template"),
    ("<video src=x onerror=alert(1)></video>a", "a", "video"),
    ("<noscript><img src=\"https://x.example/i.png\" alt=a></noscript>b", "b", ""),
    ("<frameset onload=alert(1)>a", "a", "frameset"),
    ("<marquee onstart=alert(1)>a</marquee>", "a", "onstart"),
    // Attributes that run.
    ("<p onclick=\"x()\">a</p>", "<p>a</p>", "onclick"),
    ("<b/onmouseover=alert(1)>a</b>", "<b>a</b>", "onmouseover"),
    ("<p ONCLICK\n=\n'x()'>a</p>", "<p>a</p>", ""),
    ("<p style=\"position:fixed;background:url(javascript:1)\">a</p>", "<p>a</p>", "javascript:"),
    ("<p class=\"x\" id=\"y\" data-x=\"z\" hidden>a</p>", "<p>a</p>", ""),
    // Addresses that run.
    ("<a href=\"javascript:alert(1)\">a</a>", "<a rel=\"noopener nofollow ugc\">a</a>", "javascript:"),
    ("<a href=\"java\tscript:alert(1)\">a</a>", "<a rel=\"noopener nofollow ugc\">a</a>", "javascript:"),
    ("<a href=\" &#14; javascript:alert(1)\">a</a>", "<a rel=\"noopener nofollow ugc\">a</a>", "javascript:"),
    ("<a href=\"&#106;avascript&colon;alert(1)\">a</a>", "<a rel=\"noopener nofollow ugc\">a</a>", "javascript:"),
    ("<a href=\"vbscript:x\">a</a>", "<a rel=\"noopener nofollow ugc\">a</a>", "javascript:"),
    ("<a href=\"data:text/html,<script>1</script>\">a</a>", "<a rel=\"noopener nofollow ugc\">a</a>", "data:"),
    ("<a href=\"file:///etc/passwd\">a</a>", "<a rel=\"noopener nofollow ugc\">a</a>", ""),
    (
        "<a href=\"https://x.example/\" target=_blank rel=opener>a</a>",
        "<a href=\"https://x.example/\" rel=\"noopener nofollow ugc\">a</a>",
        "",
    ),
    (
        "<a href=\"webcal://lab.example/a.ics\">a</a>",
        "<a href=\"https://lab.example/a.ics\" rel=\"noopener nofollow ugc\">a</a>",
        "",
    ),
    ("<img src=\"data:image/svg+xml;base64,PHN2Zz4=\" alt=\"a\">", "a", "data:"),
    // Markup that one parser reads otherwise than the next.
    ("<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></table></mtext></math>a", "a", "math"),
    ("<svg></p><style><a title=\"</style><img src=x onerror=alert(1)>\"></svg>a", "<p></p>&quot;&gt;a", "svg"),
    ("<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">a", "&quot;&gt;a", "onerror"),
    ("<!--><img src=x onerror=alert(1)>-->a", "--&gt;a", "onerror"),
    ("<![CDATA[<img src=x onerror=alert(1)>]]>a", "]]&gt;a", "onerror"),
    (
        "<a title=\"\"><script>1</script>\" href=\"https://x.example/\">a</a>",
        "<a title=\"\" rel=\"noopener nofollow ugc\">&quot; href=&quot;https://x.example/&quot;&gt;a</a>",
        "script",
    ),
    ("<p>a<p/x=\"<script>1</script>\">b", "<p>a</p><p>b</p>", "script"),
    ("<scr<script>ipt>alert(1)</scr</script>ipt>a", "ipt&gt;alert(1)ipt&gt;a", "script"),
    ("&lt;script&gt;alert(1)&lt;/script&gt;", "&lt;script&gt;alert(1)&lt;/script&gt;", ""),
    ("<\u{0}script>alert(1)</script>", "", "script"),
    ("a]]></content></entry>b", "a]]&gt;b", ""),
];

#[test]
fn hostile_markup_leaves_more_than_its_words() {
    let mut wrong = Vec::new();
    for (hostile, remains, active) in HOSTILE {
        let (html, lost) = Html::clean_telling(hostile, None);
        let (html, lost) = (html.map(|html| html.to_string()).unwrap_or_default(), lost.active.unwrap_or_default());
        if (html.as_str(), lost.as_str()) != (*remains, *active) {
            wrong.push(format!("{hostile}\n    leaves {html}, active {lost:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_picture_that_counts_readers_reaches_them() {
    for pixel in [
        "<img src=\"https://x.example/a.png\" width=1 height=1 alt=\"a\">",
        "<img src=\"https://x.example/a.png\" height=\"0px\">",
        "<img src=\"https://pixel.wp.com/b.gif?host=x\">",
        "<img src=\"https://feeds.feedburner.com/~r/lab/~4/x\">",
        "<img src=\"https://x.example/matomo.php?idsite=1&amp;rec=1\" style=\"border:0\" alt=\"\">",
        "<img src=\"https://x.example/mail/open.gif?u=1\">",
    ] {
        let (html, lost) = Html::clean_telling(&format!("<p>mot{pixel}</p>"), None);
        assert_eq!(html.unwrap().as_str(), "<p>mot</p>", "{pixel}");
        assert!(lost.pixel.is_some() && lost.undescribed.is_none(), "{pixel}");
    }
    let kept = "<p><img src=\"https://museum.example/pixel-art.png\" alt=\"Une tour\" width=\"640\"/></p>";
    assert_eq!(Html::clean_telling(kept, None), (Some(Html(kept.into())), Lost::default()));
}

#[test]
fn a_picture_without_words_is_loaded_or_lost() {
    let link = "<a href=\"https://x.example/a.png\" rel=\"noopener nofollow ugc\">Image</a>";
    for alt in ["", "alt=\"\"", "alt=\" \""] {
        let (html, lost) = Html::clean_telling(&format!("<p><img src=\"https://x.example/a.png\" {alt}></p>"), None);
        assert_eq!(html.unwrap().as_str(), format!("<p>{link}</p>"));
        assert_eq!(lost.undescribed.as_deref(), Some("https://x.example/a.png"));
    }
    assert_eq!(
        clean("<a href=\"https://x.example/\"><img src=\"https://x.example/a.png\"></a>"),
        "<a href=\"https://x.example/\" rel=\"noopener nofollow ugc\">Image</a>"
    );
}

#[test]
fn links_and_words_are_revised_and_nothing_else() {
    let html = Html::clean(
        "<p>a &amp; b <a href=\"https://x.example/?a=1&amp;b=2\">c</a> <a href=\"https://y.example/\">d</a>\
         <img src=\"https://y.example/i.png\" alt=\"e\"></p>",
        None,
    )
    .unwrap();
    assert_eq!(html.revise(|_| Revised::Kept), None);
    let revised = html.revise(|shown| match shown {
        Shown::Link("https://x.example/?a=1&b=2") => Revised::To("https://x.example/?a=1".to_owned()),
        Shown::Link(_) => Revised::Dropped,
        Shown::Words("a & b ") => Revised::To("<1> & ".to_owned()),
        Shown::Words(_) => Revised::Kept,
    });
    assert_eq!(
        revised.unwrap().unwrap().as_str(),
        "<p>&lt;1&gt; &amp; <a href=\"https://x.example/?a=1\" rel=\"noopener nofollow ugc\">c</a> de</p>"
    );
}

#[test]
fn canonical_markup_is_well_formed_and_stable() {
    let odd = [
        "<p>a<br>b&nbsp;c &eacute; <b>gras<i>it</b></i>",
        "a < b & c > d \"e\"",
        "<img src='https://x.example/a?b=1&c=2' alt='a<b>\n\"c\" & d'>",
        "<h1>Titre</h1><div><p>x<div>y</p></div>",
        "<pre>\n\nx</pre>",
        "<table><td><p>x<table><a href='https://a.example'><a href='https://b.example'>z",
        "<ol start=3><li>x<li>y</ol>",
        "<p lang=\"en\" dir=ltr>x</p>",
        "\u{1}<p>\u{FFFE}x\u{c}</p>",
    ];
    for markup in odd {
        let html = clean(markup);
        let again = clean(&html);
        assert_eq!(again, html, "{markup}");
        let xml = format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{html}</div>");
        let mut reader = quick_xml::Reader::from_str(&xml);
        loop {
            match reader.read_event() {
                Ok(quick_xml::events::Event::Eof) => break,
                Ok(quick_xml::events::Event::GeneralRef(r)) => {
                    assert!(quick_xml::escape::resolve_predefined_entity(&r).is_some(), "{html}");
                }
                Ok(_) => {}
                Err(e) => panic!("{markup} gave {html}: {e}"),
            }
        }
    }
}

#[test]
fn a_relative_link_is_resolved_or_dropped() {
    let base = Address::new("https://lab.example/a/").unwrap();
    let html = Html::clean("<a href=\"../b?x=1&y=2\">x</a>", Some(&base)).unwrap();
    assert!(html.as_str().contains("href=\"https://lab.example/b?x=1&amp;y=2\""), "{html}");
    assert_eq!(clean("<a href=\"../b\">x</a>"), "<a rel=\"noopener nofollow ugc\">x</a>");
}

#[test]
fn heavy_markup_costs_no_time_and_keeps_its_words() {
    let heavy = format!("{}mot", "<div>".repeat(60_000));
    assert_eq!(clean(&heavy).trim(), "mot");
    for nested in ["<b>", "<b></x>", "<div></x>", "<font></b>"] {
        let markup = format!("{}mot", nested.repeat(90_000 / nested.len()));
        assert_eq!(clean(&markup).trim(), "mot", "{nested}");
    }
    assert!(clean(&"<a".repeat(100_000)).len() >= 200_000, "text that looks like tags is text");
}

#[test]
fn text_of_markup_reads_like_text() {
    let html = Html::clean("<p>Un &amp; deux</p><ul><li>a</li><li>b</li></ul><p>fin</p>", None).unwrap();
    assert_eq!(html.to_text(), "Un & deux\n- a\n- b\nfin");
}

#[test]
fn a_remote_image_becomes_a_link() {
    let html = Html::clean("<p><img src=\"https://x.example/a.png\" alt=\"Plan\"></p>", None).unwrap();
    let page = html.without_remote_images("Image");
    assert!(!page.contains("<img") && page.contains(">Image : Plan</a>"), "{page}");
}

#[test]
fn a_title_struck_through_in_part_is_struck_out() {
    for (title, struck) in [
        ("<s>Atelier</s>", true),
        (" <del class=\"x\">Atelier <b>eau</b></del> ", true),
        ("<strike>Atelier</strike>", true),
        ("<s>10 h</s> 11 h <s>Atelier</s>", false),
        ("<s>10 h</s> Atelier", false),
        ("<span>Atelier</span>", false),
        ("s>Atelier</s>", false),
    ] {
        assert_eq!(is_struck_out(title), struck, "{title}");
    }
}

#[test]
fn nothing_but_space_is_no_body() {
    assert_eq!(Html::clean("<p> <br> </p>", None), None);
    assert_eq!(Html::clean("<script>1</script>", None), None);
}

proptest! {
    #[test]
    fn a_tag_outside_the_list_survives(
        pieces in vec(prop_oneof![
            4 => select(HOSTILE).prop_map(|(hostile, _, _)| hostile.to_owned()),
            2 => select(vec!["<", ">", "</", "\"", "'", "=", "<p ", "<!--", "-->", "<![CDATA[", "]]>", "/", "&lt;", "<a href="])
                .prop_map(str::to_owned),
            1 => any::<String>(),
        ], 1..8)
    ) {
        let Some(html) = Html::clean(&pieces.concat(), None) else { return Ok(()) };
        for piece in super::pieces(html.as_str()) {
            let Piece::Tag(tag) = piece else { continue };
            let name = tag_name(tag);
            prop_assert!(ALLOWED.clone_tags().contains(name), "{} in {}", tag, html);
            let quoted = |text: &str| text.split('"').step_by(2).collect::<String>();
            let names = quoted(tag).to_ascii_lowercase();
            prop_assert!(!names.contains(" on") && !names.contains("style") && !names.contains("srcdoc"), "{}", tag);
            for address in [attribute(tag, "href"), attribute(tag, "src")].into_iter().flatten() {
                let scheme = address.split(':').next().unwrap_or_default().to_ascii_lowercase();
                prop_assert!(["http", "https", "mailto", "tel"].contains(&scheme.as_str()), "{}", tag);
            }
        }
        prop_assert_eq!(Html::clean(html.as_str(), None), Some(html));
    }
}

#[test]
fn a_character_that_xml_forbids_comes_in_by_reference() {
    for reference in ["&#xFFFE;", "&#x1;", "&#127;", "&#xFFFF;"] {
        let html = Html::clean(&format!("<p>a{reference}b <a title=\"c{reference}d\">e</a></p>"), None).unwrap();
        assert!(html.as_str().chars().all(crate::event::text::is_xml_char), "{reference}: {html}");
        assert_eq!(Html::clean(html.as_str(), None), Some(html));
    }
}
