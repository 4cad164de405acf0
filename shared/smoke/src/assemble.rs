//! A request as it is sent: everything in it rendered.

use exchange::{Content, Part, Payload, Request};
use hurl::ast::{self, FilePart, Multiline, MultilineKind, Pair, Template};
use hurl_eval::{Around, Fault, Variables};

/// Renders a request. Its files are among those that `around` has.
pub(crate) fn request(
    request: &ast::Request,
    variables: &Variables,
    around: &Around<'_>,
) -> Result<Request, Fault> {
    let render = Render { variables, around };
    let basic_auth = request.basic_auth.as_ref();
    Ok(Request {
        method: request.method.value.clone(),
        url: render.text(&request.url)?,
        headers: render.pairs(&request.headers)?,
        query: render.pairs(&request.query)?,
        cookies: render.pairs(&request.cookies)?,
        basic_auth: basic_auth.map(|pair| render.pair(pair)).transpose()?,
        payload: render.payload(request)?,
    })
}

/// The media type of a body of this kind, unless a header says another one.
/// Only what is written as JSON or XML has one: a text, bytes and files do not.
fn media_type(content: &ast::Content) -> Option<&'static str> {
    match content {
        ast::Content::Json(_) => Some("application/json"),
        ast::Content::Xml(_) => Some("application/xml"),
        ast::Content::Multiline(Multiline { kind, .. }) => match kind {
            MultilineKind::Json | MultilineKind::GraphQl => Some("application/json"),
            MultilineKind::Xml => Some("application/xml"),
            MultilineKind::Text | MultilineKind::Raw => None,
        },
        ast::Content::Line(_)
        | ast::Content::Base64(_)
        | ast::Content::Hex(_)
        | ast::Content::File(_) => None,
    }
}

/// The media type that a file's ending says; the same few that `hurl` knows.
fn media_type_of_file(name: &str) -> &'static str {
    let name = name.rsplit('/').next().unwrap_or(name);
    match name.rsplit_once('.') {
        // A name that begins with its only dot has no ending.
        Some(("", _)) | None => "application/octet-stream",
        Some((_, ending)) => match ending {
            "gif" => "image/gif",
            "jpg" | "jpeg" => "image/jpeg",
            "png" => "image/png",
            "svg" => "image/svg+xml",
            "txt" => "text/plain",
            "htm" | "html" => "text/html",
            "pdf" => "application/pdf",
            "xml" => "application/xml",
            _ => "application/octet-stream",
        },
    }
}

#[derive(Clone, Copy)]
struct Render<'a> {
    variables: &'a Variables,
    around: &'a Around<'a>,
}

impl Render<'_> {
    fn text(self, template: &Template) -> Result<String, Fault> {
        hurl_eval::text(template, self.variables, self.around)
    }

    fn pair(self, pair: &Pair) -> Result<(String, String), Fault> {
        hurl_eval::pair(pair, self.variables, self.around)
    }

    fn pairs(self, pairs: &[Pair]) -> Result<Vec<(String, String)>, Fault> {
        pairs.iter().map(|pair| self.pair(pair)).collect()
    }

    /// What is sent. A body goes before a form, but the media type of the form
    /// stays: that is what `hurl` sends where a file has both.
    fn payload(self, request: &ast::Request) -> Result<Payload, Fault> {
        let form = self.pairs(&request.form)?;
        let parts = request.multipart.iter().map(|part| self.part(part));
        let parts: Vec<Part> = parts.collect::<Result<_, _>>()?;
        let bytes = match &request.body {
            Some(body) => hurl_eval::body(body, self.variables, self.around)?,
            None => Vec::new(),
        };
        let content_type = if !form.is_empty() {
            Some("application/x-www-form-urlencoded")
        } else if !parts.is_empty() {
            Some("multipart/form-data")
        } else {
            let content = request.body.as_ref().map(|body| &body.content);
            content.and_then(media_type)
        };
        Ok(if bytes.is_empty() && !parts.is_empty() {
            Payload::Multipart(parts)
        } else if bytes.is_empty() && !form.is_empty() {
            Payload::Form(form)
        } else if request.body.is_none() {
            Payload::Empty
        } else {
            Payload::Bytes {
                bytes,
                content_type: content_type.map(str::to_owned),
            }
        })
    }

    fn part(self, part: &ast::Part) -> Result<Part, Fault> {
        match part {
            ast::Part::Field(pair) => {
                let (name, text) = self.pair(pair)?;
                Ok(Part {
                    name,
                    content: Content::Text(text),
                })
            }
            ast::Part::File(part) => self.file(part),
        }
    }

    fn file(self, part: &FilePart) -> Result<Part, Fault> {
        let name = self.text(&part.file)?;
        let bytes = match self.around.files.get(&name) {
            Some(Ok(bytes)) => bytes.clone(),
            Some(Err(why)) => return Err(Fault::new(part.file.span, why.clone())),
            // Its name is another one each time: `{{newUuid}}`.
            None => {
                let what = format!("the file {name} was not read");
                return Err(Fault::new(part.file.span, what)
                    .with_remedy("give it a name that does not change"));
            }
        };
        let content_type = match &part.content_type {
            Some(template) => self.text(template)?,
            None => media_type_of_file(&name).to_owned(),
        };
        Ok(Part {
            name: self.text(&part.key)?,
            content: Content::File {
                name,
                bytes,
                content_type,
            },
        })
    }
}
