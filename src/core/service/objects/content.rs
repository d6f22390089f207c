//! The bytes of an object.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// The bytes of an object, in the pieces in which they were uploaded: to join them takes time, and memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content(Vec<Arc<[u8]>>);

impl Content {
    pub(crate) fn of(pieces: Vec<Arc<[u8]>>) -> Self {
        Self(pieces)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(|piece| piece.len()).sum()
    }

    /// All bytes together.
    pub(crate) fn joined(&self) -> Cow<'_, [u8]> {
        match &*self.0 {
            [piece] => Cow::Borrowed(piece),
            pieces => Cow::Owned(pieces.concat()),
        }
    }

    /// A part of it, if it is in one piece.
    pub fn in_one_piece(&self, part: &Range<usize>) -> Option<(Arc<[u8]>, Range<usize>)> {
        let mut begin = 0;
        self.0.iter().find_map(|piece| {
            let end = begin + piece.len();
            let is_inside = begin <= part.start && part.end <= end;
            let found =
                is_inside.then(|| (Arc::clone(piece), part.start - begin..part.end - begin));
            begin = end;
            found
        })
    }

    /// A part of it, joined.
    pub fn part(&self, part: &Range<usize>) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(part.len());
        let mut begin = 0;
        for piece in &self.0 {
            let within = |at: usize| at.clamp(begin, begin + piece.len()) - begin;
            bytes.extend_from_slice(&piece[within(part.start)..within(part.end)]);
            begin += piece.len();
        }
        bytes
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self(vec![bytes.into()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_the_same_in_any_pieces() {
        let whole = b"0123456789";
        for pieces in [
            &[&b"0123456789"[..]][..],
            &[b"0", b"12345", b"6789"],
            &[b"", b"01234", b"", b"56789"],
        ] {
            let content = Content::of(pieces.iter().map(|piece| Arc::from(*piece)).collect());
            assert_eq!((content.len(), &*content.joined()), (10, &whole[..]));
            for (begin, end) in (0..=10).flat_map(|begin| (begin..=10).map(move |end| (begin, end)))
            {
                let part = begin..end;
                assert_eq!(
                    content.part(&part),
                    whole[part.clone()],
                    "{part:?} of {pieces:?}"
                );
                if let Some((piece, place)) = content.in_one_piece(&part) {
                    assert_eq!(piece[place], whole[part.clone()], "{part:?} of {pieces:?}");
                } else {
                    assert!(pieces.len() > 1, "{part:?} of {pieces:?}");
                }
            }
        }
        assert_eq!(Content::from(Vec::new()).part(&(0..0)), b"");
    }
}
