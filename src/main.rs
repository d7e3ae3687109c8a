//! The program; what it does is in [`tuixuan::cli`].

/// A password's hash takes 19 MiB for a moment; glibc's allocator would keep them, in as many places as there
/// are threads.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The allocator asks for huge pages, of which a service at rest fills little: half of its memory would be air.
#[cfg(target_os = "linux")]
fn spare_memory() {
    // a kernel that knows no huge pages wastes none
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

#[cfg(not(target_os = "linux"))]
fn spare_memory() {}

fn main() -> std::process::ExitCode {
    spare_memory();
    tuixuan::cli::run()
}
