//! A stand-in for the crate `crc-fast`, which `object_store` uses for one
//! thing: the CRC-64/NVME checksum of uploads, where that is switched on.
//!
//! The real one brings the tables of every checksum there is, chosen at run
//! time: 700 KB that no linker can leave out, in functions that are to stay
//! below 8 MB. This one has what `object_store` calls, over the crate `crc`.

use crc::{CRC_64_NVME, Crc, Digest as Inner, Table};

static NVME: Crc<u64, Table<1>> = Crc::<u64, Table<1>>::new(&CRC_64_NVME);

/// The checksums that this stand-in knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrcAlgorithm {
    /// CRC-64/NVME.
    Crc64Nvme,
}

/// A checksum that is being computed.
pub struct Digest(Inner<'static, u64, Table<1>>);

impl Digest {
    /// Starts a checksum.
    pub fn new(algorithm: CrcAlgorithm) -> Self {
        match algorithm {
            CrcAlgorithm::Crc64Nvme => Self(NVME.digest()),
        }
    }

    /// Takes bytes in.
    pub fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    /// The checksum of all that was taken in.
    pub fn finalize(&self) -> u64 {
        self.0.clone().finalize()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check value of the catalogue of parametrised CRC algorithms.
    #[test]
    fn the_check_value_is_the_catalogues() {
        let mut digest = Digest::new(CrcAlgorithm::Crc64Nvme);
        digest.update(b"1234");
        digest.update(b"56789");
        assert_eq!(digest.finalize(), 0xae8b_1486_0a79_9888);
    }
}
