//! What this process has used so far, as `src/processes/sample.ts` has it of the others.

use std::time::Instant;

use serde_json::{Value, json};

pub struct Clock(Instant);

impl Clock {
    pub fn start() -> Self {
        Self(Instant::now())
    }

    pub fn sample(&self) -> Value {
        let usage = usage();
        json!({
            "at": self.0.elapsed().as_secs_f64() * 1e3,
            "cpu": cpu_microseconds(&usage),
            "residentBytes": resident_bytes(),
            "pageFaults": usage.ru_minflt,
        })
    }
}

/// Of all threads.
fn usage() -> libc::rusage {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // Cannot fail: the arguments are right.
    unsafe {
        libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr());
        usage.assume_init()
    }
}

/// User and system.
fn cpu_microseconds(usage: &libc::rusage) -> i64 {
    let microseconds = |time: libc::timeval| time.tv_sec * 1_000_000 + time.tv_usec;
    microseconds(usage.ru_utime) + microseconds(usage.ru_stime)
}

fn resident_bytes() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = statm
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse().ok())
        .unwrap_or(0);
    pages * unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as u64
}
