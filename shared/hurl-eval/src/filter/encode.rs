//! Base64, hexadecimal digits, UTF-8, other charsets, URLs.

use base64::{
    DecodeError, Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use hurl::ast::Template;

use super::{Call, Filtered};
use crate::{Value, escape};

pub(super) fn base64_decode(value: Value, call: &Call<'_>) -> Filtered {
    match STANDARD.decode(call.text(value)?) {
        Ok(bytes) => Ok(Some(Value::Bytes(bytes))),
        Err(_) => Err(call
            .fault("its input is no base64")
            .with_remedy("it must be of the standard alphabet, with padding")),
    }
}

pub(super) fn base64_encode(value: Value, call: &Call<'_>) -> Filtered {
    let text = STANDARD.encode(call.bytes(value)?);
    Ok(Some(Value::Text(text)))
}

pub(super) fn base64_url_decode(value: Value, call: &Call<'_>) -> Filtered {
    match URL_SAFE_NO_PAD.decode(call.text(value)?) {
        Ok(bytes) => Ok(Some(Value::Bytes(bytes))),
        Err(e) => {
            let what = match e {
                DecodeError::InvalidPadding => "its input has padding",
                _ => "its input is no base64",
            };
            Err(call
                .fault(what)
                .with_remedy("it must be of the URL-safe alphabet, without padding"))
        }
    }
}

pub(super) fn base64_url_encode(value: Value, call: &Call<'_>) -> Filtered {
    let text = URL_SAFE_NO_PAD.encode(call.bytes(value)?);
    Ok(Some(Value::Text(text)))
}

pub(super) fn charset_decode(value: Value, charset: &Template, call: &Call<'_>) -> Filtered {
    let charset = call.render(charset)?;
    let bytes = call.bytes(value)?;
    match select::decode::charset(&bytes, &charset) {
        Ok(text) => Ok(Some(Value::Text(text))),
        Err(e) => Err(call.fault(e)),
    }
}

pub(super) fn to_hex(value: Value, call: &Call<'_>) -> Filtered {
    let bytes = call.bytes(value)?;
    let digits = bytes.iter().map(|b| format!("{b:02x}")).collect();
    Ok(Some(Value::Text(digits)))
}

pub(super) fn utf8_decode(value: Value, call: &Call<'_>) -> Filtered {
    let bytes = call.bytes(value)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(Some(Value::Text(text)))
}

pub(super) fn url_encode(value: Value, call: &Call<'_>) -> Filtered {
    let text = escape::url(&call.text(value)?);
    Ok(Some(Value::Text(text)))
}

pub(super) fn url_decode(value: Value, call: &Call<'_>) -> Filtered {
    let text = escape::url_decoded(&call.text(value)?);
    Ok(Some(Value::Text(text)))
}
