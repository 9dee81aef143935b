//! Pages of long answers: a marker tells where the next one begins.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The items after the one that `marker` names, at most `size` of them, and the marker of the next page.
///
/// Items are in the order of their keys, which are not empty. `None` if the marker is not one of this face.
pub(super) fn page<T>(
    items: Vec<T>,
    key: impl Fn(&T) -> String,
    marker: Option<&str>,
    size: usize,
) -> Option<(Vec<T>, Option<String>)> {
    let after = match marker {
        Some(marker) => Some(String::from_utf8(URL_SAFE_NO_PAD.decode(marker).ok()?).ok()?),
        None => None,
    };
    let is_after = |item: &T| after.as_ref().is_none_or(|after| key(item) > *after);
    let mut rest = items.into_iter().filter(is_after);
    let shown: Vec<T> = rest.by_ref().take(size).collect();
    let more = rest.next().is_some();
    let next = shown.last().filter(|_| more).map(|last| URL_SAFE_NO_PAD.encode(key(last)));
    Some((shown, next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_cover_all_items_once() {
        let all: Vec<String> = (0..7).map(|number| format!("k{number}")).collect();
        let (mut seen, mut marker) = (Vec::new(), None);
        loop {
            let (shown, next) = page(all.clone(), Clone::clone, marker.as_deref(), 3).unwrap();
            seen.extend(shown);
            marker = next;
            if marker.is_none() {
                break;
            }
        }
        assert_eq!(seen, all);
        assert_eq!(page(all, Clone::clone, Some("!"), 3), None);
    }
}
