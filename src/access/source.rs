//! The addresses that a rule lets in.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// Addresses that begin alike, as AWS writes them: `203.0.113.7/32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    address: IpAddr,
    bits: u8,
}

/// Why a text is no [`Source`], or not the one that is wanted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// It cannot be read.
    #[error("`{0}` is neither an IP address nor a range such as 203.0.113.0/24")]
    Unreadable(String),
    /// Nobody has this address outside of a machine.
    #[error("nobody comes from `{0}`")]
    Nobody(IpAddr),
    /// Everybody would be let in.
    #[error("`{0}` is the entire internet, for which vesto opens nothing")]
    Everybody(Source),
}

impl Source {
    /// One address.
    ///
    /// # Errors
    ///
    /// Fails for an address that no packet comes from.
    pub fn host(address: IpAddr) -> Result<Self, SourceError> {
        // An IPv4 address in the clothes of IPv6 is one of IPv4 to a security group.
        let address = address.to_canonical();
        if address.is_unspecified() || address.is_loopback() || address.is_multicast() {
            return Err(SourceError::Nobody(address));
        }
        Ok(Self { address, bits: width(address) })
    }

    /// Whether it is one address.
    pub fn is_host(&self) -> bool {
        self.bits == width(self.address)
    }
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

impl FromStr for Source {
    type Err = SourceError;

    /// Reads an address, or a range, whose address is made its first as AWS does.
    fn from_str(text: &str) -> Result<Self, SourceError> {
        let unreadable = || SourceError::Unreadable(text.to_owned());
        let Some((address, bits)) = text.split_once('/') else {
            return Self::host(text.parse().map_err(|_| unreadable())?);
        };
        let address: IpAddr = address.parse().map_err(|_| unreadable())?;
        let bits: u8 = bits.parse().ok().filter(|bits| *bits <= width(address)).ok_or_else(unreadable)?;
        if bits == width(address) {
            return Self::host(address);
        }
        let dropped = u32::from(width(address) - bits);
        let first: IpAddr = match address {
            IpAddr::V4(address) => {
                Ipv4Addr::from_bits(address.to_bits() & u32::MAX.checked_shl(dropped).unwrap_or(0)).into()
            }
            IpAddr::V6(address) => {
                Ipv6Addr::from_bits(address.to_bits() & u128::MAX.checked_shl(dropped).unwrap_or(0)).into()
            }
        };
        let range = Self { address: first, bits };
        if bits == 0 { Err(SourceError::Everybody(range)) } else { Ok(range) }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_ranges_are_read() {
        let read = |text: &str| text.parse::<Source>().map(|source| (source.to_string(), source.is_host()));
        let is = |text: &str, is_host: bool| Ok((text.to_owned(), is_host));
        assert_eq!(read("203.0.113.7"), is("203.0.113.7/32", true));
        assert_eq!(read("203.0.113.7/32"), is("203.0.113.7/32", true));
        assert_eq!(read("::ffff:203.0.113.7"), is("203.0.113.7/32", true));
        assert_eq!(read("2001:DB8:0::7"), is("2001:db8::7/128", true));
        assert_eq!(read("203.0.113.7/24"), is("203.0.113.0/24", false));
        assert_eq!(read("2001:db8::7/64"), is("2001:db8::/64", false));
        assert_eq!(read("128.0.0.0/1"), is("128.0.0.0/1", false));
        for wrong in ["", "x", "203.0.113.7/33", "203.0.113/24", "203.0.113.7/", "0.0.0.0", "127.0.0.1/32", "::"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        for everybody in ["0.0.0.0/0", "::/0", "203.0.113.7/0", "2001:db8::/0"] {
            assert!(matches!(read(everybody), Err(SourceError::Everybody(_))), "{everybody}");
        }
    }
}
