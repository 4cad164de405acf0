use crate::{
    Span,
    ast::{Piece, Placeholder, Template},
};

/// A template that grows.
#[derive(Default)]
pub(super) struct Pieces {
    done: Vec<Piece>,
    text: String,
}

impl Pieces {
    pub(super) fn push(&mut self, c: char) {
        self.text.push(c);
    }

    pub(super) fn push_str(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(super) fn placeholder(&mut self, placeholder: Placeholder) {
        self.flush();
        self.done.push(Piece::Placeholder(placeholder));
    }

    /// Takes back this many bytes of the last text.
    pub(super) fn shorten(&mut self, bytes: usize) {
        self.text.truncate(self.text.len().saturating_sub(bytes));
    }

    pub(super) fn template(mut self, span: Span) -> Template {
        self.flush();
        Template {
            span,
            pieces: self.done,
        }
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            self.done.push(Piece::Text(std::mem::take(&mut self.text)));
        }
    }
}
