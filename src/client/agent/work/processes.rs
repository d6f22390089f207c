//! The processes of a Linux machine, as `/proc` lists them.

use std::fs;
use std::io;

/// What is asked of a process. <https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Process {
    pub(crate) pid: i32,
    /// Whether it has ended, though its parent does not know.
    pub(crate) is_dead: bool,
    pub(crate) group: i32,
    pub(crate) session: i32,
    /// When it was started, in ticks of a clock that begins when the machine starts.
    pub(crate) started: u64,
}

/// The process with this number.
pub(crate) fn find(pid: i32) -> Option<Process> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    parse(&String::from_utf8_lossy(&stat))
}

/// All processes that this user can see.
pub(crate) fn all() -> io::Result<Vec<Process>> {
    let entries = fs::read_dir("/proc")?.flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    Ok(pids.filter_map(find).collect())
}

/// Names this start of the machine and, in a container, the container: numbers of processes mean nothing elsewhere.
pub(crate) fn machine() -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let namespace = fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{} {}", boot.trim(), namespace.display()))
}

/// The second field is a name in parentheses, which may hold parentheses and spaces itself.
fn parse(stat: &str) -> Option<Process> {
    let (pid, _) = stat.split_once(" (")?;
    let (_, rest) = stat.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    // The first of them is the third of all.
    let field = |number: usize| fields.get(number - 3).copied();
    let threads: i64 = field(20)?.parse().ok()?;
    Some(Process {
        pid: pid.parse().ok()?,
        // A process whose first thread alone has ended looks dead.
        is_dead: matches!(field(3)?, "Z" | "X" | "x") && threads <= 1,
        group: field(5)?.parse().ok()?,
        session: field(6)?.parse().ok()?,
        started: field(22)?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_process_is_read_whatever_its_name() {
        let process = |is_dead| Process {
            pid: 12,
            is_dead,
            group: 34,
            session: 56,
            started: 789,
        };
        let line = |name: &str, state: &str, threads: &str| {
            format!(
                "12 ({name}) {state} 1 34 56 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 {threads} 0 789 1 2 3\n"
            )
        };
        for (line, expected) in [
            (line("sh", "S", "1"), Some(process(false))),
            (line("a) Z 9 (b", "R", "4"), Some(process(false))),
            (line("sh", "Z", "1"), Some(process(true))),
            (line("sh", "Z", "2"), Some(process(false))),
            (line("sh", "X", "0"), Some(process(true))),
            ("12 (sh) S 1 34".to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(parse(&line), expected, "{line}");
        }
    }

    #[test]
    fn this_process_is_listed() {
        let own = i32::try_from(std::process::id()).expect("a number of a process");
        let found = find(own).expect("itself");
        assert!(!found.is_dead);
        assert!(all().expect("a list").contains(&found));
        assert!(machine().expect("a name").contains("pid:["));
    }
}
