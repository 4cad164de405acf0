use super::{Parsed, Parser};
use crate::{
    Spanned,
    ast::{Operand, OperandValue},
};

impl Parser<'_> {
    /// What a value is compared with, if it comes next.
    pub(super) fn operand(&mut self) -> Parsed<Option<Operand>> {
        let start = self.at;
        let Some(value) = self.operand_value()? else {
            return Ok(None);
        };
        Ok(Some(Spanned::new(value, self.span_from(start))))
    }

    fn operand_value(&mut self) -> Parsed<Option<OperandValue>> {
        if self.eat("null") {
            return Ok(Some(OperandValue::Null));
        }
        if let Some(value) = self.bool() {
            return Ok(Some(OperandValue::Bool(value)));
        }
        if let Some(number) = self.number()? {
            return Ok(Some(OperandValue::Number(number)));
        }
        if let Some(name) = self.file_name()? {
            return Ok(Some(OperandValue::File(name)));
        }
        if let Some(bytes) = self.hex()? {
            return Ok(Some(OperandValue::Hex(bytes)));
        }
        if let Some(bytes) = self.base64()? {
            return Ok(Some(OperandValue::Base64(bytes)));
        }
        if let Some(placeholder) = self.placeholder()? {
            return Ok(Some(OperandValue::Placeholder(placeholder)));
        }
        if let Some(template) = self.quoted()? {
            return Ok(Some(OperandValue::Text(template)));
        }
        if let Some(lines) = self.multiline()? {
            return Ok(Some(OperandValue::Multiline(lines)));
        }
        if let Some(template) = self.backquoted()? {
            return Ok(Some(OperandValue::Text(template)));
        }
        Ok(self.regex()?.map(OperandValue::Regex))
    }
}
