//! Command lines: `--name value` in any order, and nothing else.

use std::fmt::Display;
use std::process::exit;
use std::str::FromStr;

pub struct Args(Vec<String>);

impl Args {
    pub fn from_command_line() -> Self {
        Self(std::env::args().skip(1).collect())
    }

    /// Whether `name` was given. Takes no value.
    pub fn flag(&mut self, name: &str) -> bool {
        self.values::<0>(name).is_some()
    }

    /// The value after `name`.
    pub fn value<T: FromStr<Err: Display>>(&mut self, name: &str) -> Option<T> {
        let [text] = self.values(name)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => fail(&format!("{name} {text}: {error}")),
        }
    }

    /// The values after `name`, separated by commas.
    pub fn list<T: FromStr<Err: Display>>(&mut self, name: &str) -> Option<Vec<T>> {
        let [text] = self.values(name)?;
        let values: Result<_, _> = text.split(',').map(str::parse).collect();
        match values {
            Ok(values) => Some(values),
            Err(error) => fail(&format!("{name} {text}: {error}")),
        }
    }

    /// The `N` values after `name`.
    pub fn values<const N: usize>(&mut self, name: &str) -> Option<[String; N]> {
        let at = self.0.iter().position(|arg| arg == name)?;
        if self.0.len() < at + 1 + N {
            fail(&format!("{name}: takes {N} values"));
        }
        let mut taken = self.0.drain(at..=at + N).skip(1);
        Some(std::array::from_fn(|_| taken.next().expect("N were taken")))
    }

    /// Refuses whatever no one has asked for.
    pub fn finish(self) {
        if let Some(arg) = self.0.first() {
            fail(&format!("{arg}: not known"));
        }
    }
}

/// Ends the program over a command line that makes no sense.
pub fn fail(message: &str) -> ! {
    eprintln!("{message}");
    exit(2);
}
