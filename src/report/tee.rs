//! One stream of events, several reporters.

use std::io;

use super::Reporter;
use crate::run::Event;

/// Hands each event to all its members.
///
/// A member that fails is not asked again, since what it writes after a gap could not be trusted; the others go on. A
/// report that cannot be written must not stop a run half-way, so [`Reporter::event`] never fails here and
/// [`Reporter::finish`] returns the first error of all.
pub struct Tee {
    members: Vec<Box<dyn Reporter>>,
    first_error: Option<io::Error>,
}

impl Tee {
    /// A tee of these members, served in order.
    pub fn new(members: Vec<Box<dyn Reporter>>) -> Self {
        Self { members, first_error: None }
    }

    fn each(&mut self, mut call: impl FnMut(&mut dyn Reporter) -> io::Result<()>) {
        let first_error = &mut self.first_error;
        self.members.retain_mut(|member| match call(member.as_mut()) {
            Ok(()) => true,
            Err(error) => {
                first_error.get_or_insert(error);
                false
            }
        });
    }
}

impl Reporter for Tee {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        self.each(|member| member.event(event));
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.each(|member| member.finish());
        self.first_error.take().map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex, PoisonError};

    use super::*;

    struct Member {
        name: &'static str,
        fails: bool,
        calls: Arc<Mutex<Vec<&'static str>>>,
    }

    impl Member {
        fn call(&self) -> io::Result<()> {
            self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(self.name);
            if self.fails { Err(io::Error::other(self.name)) } else { Ok(()) }
        }
    }

    impl Reporter for Member {
        fn event(&mut self, _: &Event) -> io::Result<()> {
            self.call()
        }

        fn finish(&mut self) -> io::Result<()> {
            self.call()
        }
    }

    #[test]
    fn one_broken_member_neither_silences_nor_stops_the_others() {
        let calls = Arc::new(Mutex::new(Vec::new()));
        let member = |name, fails| Box::new(Member { name, fails, calls: Arc::clone(&calls) }) as Box<dyn Reporter>;
        let mut tee = Tee::new(vec![member("a", true), member("b", false), member("c", true)]);
        assert!(tee.event(&Event::Warned { message: String::new() }).is_ok());
        assert_eq!(tee.finish().map_err(|error| error.to_string()), Err("a".to_owned()));
        assert_eq!(*calls.lock().unwrap_or_else(PoisonError::into_inner), ["a", "b", "c", "b"]);
    }
}
