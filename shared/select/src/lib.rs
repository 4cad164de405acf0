//! What can be taken out of an answer's bytes: values of JSON, XML and HTML,
//! text in any charset, fields of certificates and cookies. Pure, and knows
//! nothing of Hurl files.

pub mod certificate;
pub mod cookie;
pub mod decode;
pub mod json;
pub mod xpath;
