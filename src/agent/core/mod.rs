//! The core of a device that executes jobs.
