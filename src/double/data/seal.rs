//! Encryption on the way out, in the envelope that [`super::envelope`] describes.

use std::collections::BTreeMap;
use std::io::{self, Write};

use aes::Aes256;
use aes::cipher::{Array, BlockCipherEncrypt, BlockModeEncrypt, KeyInit, KeyIvInit};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::envelope::{IV, KEY, MATERIAL, MasterKey};

const BLOCK: usize = 16;

/// Bytes that are encrypted at once.
const CHUNK: usize = 64 * 1024;

/// A key for one object, and what is said of it in the object's metadata.
pub(in crate::double) struct Seal {
    cipher: cbc::Encryptor<Aes256>,
    pub(in crate::double) metadata: BTreeMap<String, String>,
}

impl Seal {
    /// A new random key, which only the master key opens.
    ///
    /// # Errors
    ///
    /// Fails if the system has no random numbers.
    pub(in crate::double) fn new(master: &MasterKey) -> io::Result<Self> {
        let (mut key, mut iv) = ([0; 32], [0; BLOCK]);
        getrandom::fill(&mut key).map_err(io::Error::other)?;
        getrandom::fill(&mut iv).map_err(io::Error::other)?;
        // A key of whole blocks gets one more of padding.
        let mut wrapped = key.to_vec();
        wrapped.extend([16_u8; BLOCK]);
        let cipher = Aes256::new(&Array::from(*master.bytes()));
        for block in wrapped.as_chunks_mut::<BLOCK>().0 {
            cipher.encrypt_block(block.into());
        }
        let metadata = [(KEY, STANDARD.encode(&wrapped)), (IV, STANDARD.encode(iv)), (MATERIAL, "{}".to_owned())];
        Ok(Self {
            cipher: cbc::Encryptor::<Aes256>::new(&Array::from(key), &Array::from(iv)),
            metadata: metadata.map(|(name, value)| (name.to_owned(), value)).into(),
        })
    }
}

/// Encrypts what is written to it, if there is a key.
pub(in crate::double) struct Sealed<W: Write> {
    to: W,
    cipher: Option<cbc::Encryptor<Aes256>>,
    /// What waits for a whole block.
    waiting: Vec<u8>,
}

impl<W: Write> Sealed<W> {
    pub(in crate::double) fn new(to: W, seal: Option<Seal>) -> Self {
        Self { to, cipher: seal.map(|seal| seal.cipher), waiting: Vec::new() }
    }

    /// Where the bytes go.
    pub(in crate::double) fn target(&self) -> &W {
        &self.to
    }

    /// Writes what waits, with the padding of PKCS5, and gives back where it went.
    pub(in crate::double) fn finish(mut self) -> io::Result<W> {
        if self.cipher.is_some() {
            let padding = BLOCK - self.waiting.len() % BLOCK;
            self.waiting.resize(self.waiting.len() + padding, u8::try_from(padding).unwrap_or_default());
            self.encrypt()?;
        }
        Ok(self.to)
    }

    /// Writes the whole blocks that wait.
    fn encrypt(&mut self) -> io::Result<()> {
        let Some(cipher) = &mut self.cipher else { return Ok(()) };
        let whole = self.waiting.len() - self.waiting.len() % BLOCK;
        let rest = self.waiting.split_off(whole);
        for block in self.waiting.as_chunks_mut::<BLOCK>().0 {
            cipher.encrypt_block(block.into());
        }
        self.to.write_all(&self.waiting)?;
        self.waiting = rest;
        Ok(())
    }
}

impl<W: Write> Write for Sealed<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        if self.cipher.is_none() {
            return self.to.write(buffer);
        }
        self.waiting.extend_from_slice(buffer);
        if self.waiting.len() >= CHUNK {
            self.encrypt()?;
        }
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn what_is_sealed_can_be_opened_with_the_master_key_alone() -> Result<(), Box<dyn std::error::Error>> {
        let master = |byte: u8| MasterKey::parse(&STANDARD.encode([byte; 32]));
        for length in [0, 1, 15, 16, 17, CHUNK - 1, CHUNK, 3 * CHUNK + 5] {
            let plain: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap_or_default()).collect();
            let seal = Seal::new(&master(1)?)?;
            let metadata = seal.metadata.clone();
            let mut sealed = Sealed::new(Vec::new(), Some(seal));
            for piece in plain.chunks(1000) {
                sealed.write_all(piece)?;
            }
            let object = sealed.finish()?;
            assert_eq!(object.len(), (length / BLOCK + 1) * BLOCK);
            let mut opened = Vec::new();
            master(1)?.open(&metadata, Box::new(io::Cursor::new(object.clone())))?.read_to_end(&mut opened)?;
            assert_eq!(opened, plain);
            assert!(master(2)?.open(&metadata, Box::new(io::Cursor::new(object))).is_err());
        }
        Ok(())
    }
}
