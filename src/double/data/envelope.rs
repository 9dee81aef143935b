//! The envelope of the Amazon S3 encryption client, version 1, as ENCRYPTED of COPY and UNLOAD uses it.
//!
//! A key of its own encrypts the object by AES/CBC/PKCS5; the master key encrypts that key by AES/ECB/PKCS5. Both stand
//! in the object's metadata:
//! <https://docs.aws.amazon.com/redshift/latest/dg/c_loading-encrypted-files.html>,
//! <https://docs.aws.amazon.com/amazon-s3-encryption-client/latest/developerguide/encryption-algorithms.html>.

use std::collections::BTreeMap;
use std::io::{self, Read};

use aes::Aes256;
use aes::cipher::{Array, BlockCipherDecrypt, BlockModeDecrypt, KeyInit, KeyIvInit};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::text::Secret;

/// The encrypted key of the object, in base64.
pub(in crate::double) const KEY: &str = "x-amz-key";
/// The initialization vector, in base64.
pub(in crate::double) const IV: &str = "x-amz-iv";
/// What the master key is known by: JSON.
pub(in crate::double) const MATERIAL: &str = "x-amz-matdesc";

const BLOCK: usize = 16;

/// What is decrypted at once.
const CHUNK: usize = 64 * 1024;

/// Why an object cannot be decrypted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::double) enum EnvelopeError {
    #[error("MASTER_SYMMETRIC_KEY must be 256 bits in base64")]
    MasterKey,
    #[error("the object has no `{0}` in its metadata: it was not written by the Amazon S3 encryption client")]
    Missing(&'static str),
    #[error("`{0}` in the metadata of the object makes no sense")]
    Malformed(&'static str),
    #[error("the object was encrypted with another master key, described as `{0}`")]
    OtherKey(String),
}

/// The key of the user.
#[derive(Clone, Debug)]
pub(in crate::double) struct MasterKey(Secret<[u8; 32]>);

impl MasterKey {
    /// Reads the text of MASTER_SYMMETRIC_KEY.
    ///
    /// # Errors
    ///
    /// Fails if it is not 256 bits in base64.
    pub(in crate::double) fn parse(text: &str) -> Result<Self, EnvelopeError> {
        let bytes = STANDARD.decode(text).map_err(|_| EnvelopeError::MasterKey)?;
        bytes.try_into().map(|key| Self(Secret::new(key))).map_err(|_| EnvelopeError::MasterKey)
    }

    /// The bytes of the key.
    pub(in crate::double) fn bytes(&self) -> &[u8; 32] {
        self.0.expose()
    }

    /// The plain bytes of an object with this metadata.
    ///
    /// # Errors
    ///
    /// Fails if the metadata are not of such an envelope, or of one with another master key.
    pub(in crate::double) fn open(
        &self,
        metadata: &BTreeMap<String, String>,
        object: Box<dyn Read + Send>,
    ) -> Result<Box<dyn Read + Send>, EnvelopeError> {
        let field = |name: &'static str| -> Result<Vec<u8>, EnvelopeError> {
            let text = metadata.get(name).ok_or(EnvelopeError::Missing(name))?;
            STANDARD.decode(text).map_err(|_| EnvelopeError::Malformed(name))
        };
        let iv: [u8; BLOCK] = field(IV)?.try_into().map_err(|_| EnvelopeError::Malformed(IV))?;
        let mut key = field(KEY)?;
        if key.is_empty() || key.len() % BLOCK != 0 {
            return Err(EnvelopeError::Malformed(KEY));
        }
        let master = Aes256::new(&Array::from(*self.bytes()));
        for block in key.as_chunks_mut::<BLOCK>().0 {
            master.decrypt_block(block.into());
        }
        let other_key = || EnvelopeError::OtherKey(metadata.get(MATERIAL).cloned().unwrap_or_default());
        let length = unpadded(&key).ok_or_else(other_key)?;
        key.truncate(length);
        let key: [u8; 32] = key.try_into().map_err(|_| other_key())?;
        let cipher = cbc::Decryptor::<Aes256>::new(&Array::from(key), &Array::from(iv));
        Ok(Box::new(Opened { object, cipher, ready: Vec::new(), given: 0, held: Vec::new(), ended: false }))
    }
}

/// The length without the padding of PKCS5; nothing if there is none.
fn unpadded(bytes: &[u8]) -> Option<usize> {
    let count = usize::from(*bytes.last()?);
    let length = bytes.len().checked_sub(count)?;
    let is_padding =
        (1..=BLOCK).contains(&count) && bytes.get(length..)?.iter().all(|byte| usize::from(*byte) == count);
    is_padding.then_some(length)
}

struct Opened {
    object: Box<dyn Read + Send>,
    cipher: cbc::Decryptor<Aes256>,
    ready: Vec<u8>,
    given: usize,
    /// The last block, which may be padding.
    held: Vec<u8>,
    ended: bool,
}

impl Opened {
    fn fill(&mut self) -> io::Result<()> {
        let mut chunk = std::mem::take(&mut self.ready);
        chunk.clear();
        let read = (&mut self.object).take(CHUNK as u64).read_to_end(&mut chunk)?;
        if read % BLOCK != 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the encrypted object is cut off"));
        }
        for block in chunk.as_chunks_mut::<BLOCK>().0 {
            self.cipher.decrypt_block(block.into());
        }
        let mut plain = std::mem::take(&mut self.held);
        plain.append(&mut chunk);
        if read < CHUNK {
            self.ended = true;
            let length = unpadded(&plain).ok_or_else(|| {
                io::Error::new(io::ErrorKind::InvalidData, "the encrypted object does not end as it must")
            })?;
            plain.truncate(length);
        } else {
            self.held = plain.split_off(plain.len() - BLOCK);
        }
        (self.ready, self.given) = (plain, 0);
        Ok(())
    }
}

impl Read for Opened {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.ready.len() && !self.ended {
            self.fill()?;
        }
        let mut ready = self.ready.get(self.given..).unwrap_or_default();
        let length = ready.read(buffer)?;
        self.given += length;
        Ok(length)
    }
}
