//! The document as a page: server-drawn, without a script, without a request to anywhere else.

use std::fmt::Write;

use serde_json::Value;

use super::page_schema::{example_of, fields};

/// The methods of a path, in the order of the page.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// An operation as it stands in the document.
struct Placed<'a> {
    path: &'a str,
    method: &'static str,
    operation: &'a Value,
}

/// The whole page.
pub(crate) fn page_of(document: &Value) -> String {
    let placed = placed(document);
    let mut tags: Vec<&str> = Vec::new();
    for one in &placed {
        if !tags.contains(&one.tag()) {
            tags.push(one.tag());
        }
    }
    let mut page = String::new();
    open(&mut page, document);
    page.push_str("<nav aria-label=\"Operations\">");
    for tag in &tags {
        contents(&mut page, tag, &placed);
    }
    page.push_str("</nav>\n<main>");
    for tag in &tags {
        push(&mut page, format_args!("<h2 id=\"{0}\">{0}</h2>\n", Escaped(tag)));
        for one in placed.iter().filter(|one| one.tag() == *tag) {
            section(&mut page, one, document);
        }
    }
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

/// Text that is safe between tags and in attributes.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => out.write_str("&amp;")?,
                '<' => out.write_str("&lt;")?,
                '>' => out.write_str("&gt;")?,
                '"' => out.write_str("&quot;")?,
                '\'' => out.write_str("&#39;")?,
                other => out.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// Appends to a page.
pub(crate) fn push(page: &mut String, text: std::fmt::Arguments<'_>) {
    page.write_fmt(text).expect("a String takes what is written");
}

impl Placed<'_> {
    fn tag(&self) -> &str {
        text(&self.operation["tags"][0])
    }

    fn id(&self) -> &str {
        text(&self.operation["operationId"])
    }
}

fn placed(document: &Value) -> Vec<Placed<'_>> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths
        .flat_map(|(path, operations)| {
            METHODS
                .into_iter()
                .filter_map(move |method| Some(Placed { path, method, operation: operations.get(method)? }))
        })
        .collect()
}

fn open(page: &mut String, document: &Value) {
    let (title, version) = (text(&document["info"]["title"]), text(&document["info"]["version"]));
    push(
        page,
        format_args!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<title>{0} API</title>\n\
             <link rel=\"stylesheet\" href=\"/docs/style.css\">\n</head>\n<body>\n<header><h1>{0} API</h1>\
             <p>{1}</p><p>Version {2}. <a href=\"/api/v1/openapi.json\">The same for programs (OpenAPI 3.1)</a></p>\
             </header>\n",
            Escaped(title),
            Escaped(text(&document["info"]["description"])),
            Escaped(version),
        ),
    );
}

fn contents(page: &mut String, tag: &str, placed: &[Placed<'_>]) {
    push(page, format_args!("<h2><a href=\"#{0}\">{0}</a></h2>\n<ul>", Escaped(tag)));
    for one in placed.iter().filter(|one| one.tag() == tag) {
        let summary = Escaped(text(&one.operation["summary"]));
        push(page, format_args!("<li><a href=\"#{}\">{summary}</a></li>\n", Escaped(one.id())));
    }
    page.push_str("</ul>");
}

fn section(page: &mut String, one: &Placed<'_>, document: &Value) {
    push(
        page,
        format_args!(
            "<section id=\"{id}\">\n<h3>{summary}</h3>\n<p class=\"place\"><b class=\"{method}\">{method}</b> \
             <code>{path}</code></p>\n<p class=\"id\">{id}</p>\n",
            id = Escaped(one.id()),
            summary = Escaped(text(&one.operation["summary"])),
            method = one.method,
            path = Escaped(one.path),
        ),
    );
    if one.operation["security"].as_array().is_some_and(Vec::is_empty) {
        page.push_str("<p>Needs no token.</p>\n");
    }
    parameters(page, &one.operation["parameters"]);
    request(page, &one.operation["requestBody"], document);
    answers(page, &one.operation["responses"], document);
    page.push_str("</section>\n");
}

fn parameters(page: &mut String, parameters: &Value) {
    let Some(parameters) = parameters.as_array() else {
        return;
    };
    page.push_str("<h4>Parameters</h4>\n<dl>\n");
    for parameter in parameters {
        push(
            page,
            format_args!(
                "<dt><code>{}</code> <small>{}, {}</small></dt><dd>{}</dd>\n",
                Escaped(text(&parameter["name"])),
                Escaped(text(&parameter["in"])),
                Escaped(&super::page_schema::kind_of(&parameter["schema"])),
                Escaped(text(&parameter["description"])),
            ),
        );
    }
    page.push_str("</dl>\n");
}

fn request(page: &mut String, request: &Value, document: &Value) {
    for (media_type, body) in request["content"].as_object().into_iter().flatten() {
        push(page, format_args!("<h4>Request <small>{}</small></h4>\n", Escaped(media_type)));
        fields(page, &body["schema"], document);
        example(page, &body["example"]);
    }
}

fn answers(page: &mut String, answers: &Value, document: &Value) {
    page.push_str("<h4>Answers</h4>\n");
    for (status, answer) in answers.as_object().into_iter().flatten() {
        let words = Escaped(text(&answer["description"]));
        let schema = &answer["content"]["application/json"]["schema"];
        if schema.is_null() || !status.starts_with('2') {
            push(page, format_args!("<p><b>{status}</b> {words}</p>\n"));
            continue;
        }
        push(page, format_args!("<details open><summary><b>{status}</b> {words}</summary>\n"));
        fields(page, schema, document);
        example(page, &example_of(schema, document));
        page.push_str("</details>\n");
    }
}

fn example(page: &mut String, example: &Value) {
    let pretty = serde_json::to_string_pretty(example).expect("a JSON value always becomes JSON");
    push(page, format_args!("<pre tabindex=\"0\"><code>{}</code></pre>\n", Escaped(&pretty)));
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
