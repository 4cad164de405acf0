//! The fields of a server's certificate (RFC 5280), as the `hurl` command
//! writes them.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use x509_cert::{
    Certificate as X509,
    der::Decode as _,
    ext::pkix::{SubjectAltName, name::GeneralName},
    name::Name,
    time::Time,
};

/// A certificate, read.
#[derive(Debug, Clone)]
pub struct Certificate {
    der: Vec<u8>,
    parsed: X509,
}

impl Certificate {
    /// Reads a certificate in DER.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(der: &[u8]) -> Result<Self, String> {
        let parsed = X509::from_der(der)
            .map_err(|error| format!("the server's certificate can't be read: {error}"))?;
        Ok(Self {
            der: der.to_vec(),
            parsed,
        })
    }

    /// Whom it is for, `C = FR, O = Shop, CN = shop.test`.
    pub fn subject(&self) -> String {
        name(self.parsed.tbs_certificate().subject())
    }

    /// Who signed it.
    pub fn issuer(&self) -> String {
        name(self.parsed.tbs_certificate().issuer())
    }

    /// When its time begins.
    pub fn not_before(&self) -> DateTime<Utc> {
        time(self.parsed.tbs_certificate().validity().not_before)
    }

    /// When its time is over.
    pub fn not_after(&self) -> DateTime<Utc> {
        time(self.parsed.tbs_certificate().validity().not_after)
    }

    /// Its serial number, in hexadecimal digits with a colon between bytes.
    pub fn serial(&self) -> String {
        let bytes = self.parsed.tbs_certificate().serial_number().as_bytes();
        let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        digits.join(":")
    }

    /// The other names that it is for, `DNS:shop.test, IP Address:127.0.0.1`.
    pub fn alt_names(&self) -> Option<String> {
        let certificate = self.parsed.tbs_certificate();
        let (_, names) = certificate.get_extension::<SubjectAltName>().ok()??;
        let names: Vec<String> = names.0.iter().filter_map(alt_name).collect();
        Some(names.join(", "))
    }

    /// The certificate in PEM.
    pub fn pem(&self) -> String {
        let text = STANDARD.encode(&self.der);
        let lines = text.as_bytes().chunks(64);
        let lines: Vec<&str> = lines
            .filter_map(|line| std::str::from_utf8(line).ok())
            .collect();
        format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            lines.join("\n")
        )
    }
}

fn alt_name(name: &GeneralName) -> Option<String> {
    Some(match name {
        GeneralName::DnsName(name) => format!("DNS:{}", name.as_str()),
        GeneralName::Rfc822Name(name) => format!("email:{}", name.as_str()),
        GeneralName::UniformResourceIdentifier(name) => format!("URI:{}", name.as_str()),
        GeneralName::IpAddress(bytes) => {
            let bytes = bytes.as_bytes();
            let ip = match (<[u8; 4]>::try_from(bytes), <[u8; 16]>::try_from(bytes)) {
                (Ok(four), _) => std::net::IpAddr::from(four),
                (_, Ok(sixteen)) => std::net::IpAddr::from(sixteen),
                _ => return None,
            };
            format!("IP Address:{ip}")
        }
        _ => return None,
    })
}

/// The names of the attributes that have short ones (RFC 4519).
fn short(oid: &str) -> &str {
    match oid {
        "2.5.4.3" => "CN",
        "2.5.4.4" => "SN",
        "2.5.4.5" => "serialNumber",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "street",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "2.5.4.12" => "title",
        "2.5.4.42" => "GN",
        "1.2.840.113549.1.9.1" => "emailAddress",
        "0.9.2342.19200300.100.1.25" => "DC",
        "0.9.2342.19200300.100.1.1" => "UID",
        other => other,
    }
}

fn name(name: &Name) -> String {
    let sets = name.iter_rdn().map(|set| {
        let parts = set.iter().map(|part| {
            let bytes = part.value.value();
            let text = String::from_utf8_lossy(bytes);
            format!("{} = {text}", short(&part.oid.to_string()))
        });
        parts.collect::<Vec<_>>().join(" + ")
    });
    sets.collect::<Vec<_>>().join(", ")
}

fn time(time: Time) -> DateTime<Utc> {
    let seconds = time.to_unix_duration().as_secs();
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    DateTime::from_timestamp(seconds, 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
