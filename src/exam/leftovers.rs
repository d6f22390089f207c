//! Processes that a program has left behind. On Linux they are recognised by a variable of their environment that no other
//! process has; elsewhere none are found.

/// The processes with this mark, `NAME=VALUE`, in their environment.
#[cfg(target_os = "linux")]
pub(crate) fn find(mark: &str) -> Vec<i32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| has_mark(*pid, mark)).collect()
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn find(_mark: &str) -> Vec<i32> {
    Vec::new()
}

/// A process that has ended has no environment.
#[cfg(target_os = "linux")]
fn has_mark(pid: i32, mark: &str) -> bool {
    // The processes of other users cannot be read.
    let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    let mut variables = environment.split(|byte| *byte == 0);
    variables.any(|variable| variable == mark.as_bytes())
}

/// Ends them. Those that start others meanwhile are ended in the next round.
pub(crate) fn end(mark: &str) {
    #[cfg(unix)]
    for _ in 0..10 {
        let left = find(mark);
        if left.is_empty() {
            return;
        }
        for pid in left {
            let pid = nix::unistd::Pid::from_raw(pid);
            let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL);
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    #[cfg(not(unix))]
    let _ = mark;
}
